#[test]
fn dump() {
    let s = engine::promotion::schema::schemas("#/");
    for k in ["PromotionRule","PromotionCondition","PromotionItems","PromotionAction"] { println!("{k}: {}", serde_json::to_string(&s[k]).unwrap()); }
}
