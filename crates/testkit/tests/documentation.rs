//! Pages of `docs/` that are made from what the engine declares say what it says.

use std::path::Path;

use engine::promotion::{LINTS, reason};

/// Compares a page with what it should be, or writes it when `UPDATE_DOCS` is set.
fn check(page: &str, expected: &str) -> std::io::Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(page);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, expected)?;
    }
    let is_right = std::fs::read_to_string(&path)? == expected;
    assert!(is_right, "docs/{page} is out of date: UPDATE_DOCS=1 cargo test -p testkit --test documentation");
    Ok(())
}

#[test]
fn the_list_of_reasons_is_complete() {
    let mut page = "# Why a promotion or a code does not apply\n\n\
        Every promotion that does not apply, and every code that is refused, has exactly one `reason`: the first gate \
        that closed, the first condition that failed, or the promotion that it lost to. The codes are stable: they may \
        be shown, counted and programmed against. `needed` and `found` tell the figures, `winner_id` the promotion \
        that won, `message` what a shopper reads.\n\n\
        | `reason` | What it means |\n|---|---|\n"
        .to_owned();
    for kind in reason::all() {
        page.push_str(&format!("| `{}` | {} |\n", kind.code, kind.doc));
    }
    check("reasons.md", &page).unwrap();
}

#[test]
fn the_list_of_lints_is_complete() {
    let mut page = "# What a promotion will not do as its author hopes\n\n\
        `POST /v1/promotions/lint` looks at a promotion without saving it; creating and changing one answers the same \
        as `warnings`. A promotion with warnings can be saved. Each has a stable `code`, a `pointer` into the \
        document, a `message` that says how to mend it, and, where a cart can show it, a `witness`: a cart that does, \
        priced by the same evaluation as any other.\n\n\
        | `code` | What it finds |\n|---|---|\n"
        .to_owned();
    for lint in LINTS {
        page.push_str(&format!("| `{}` | {} |\n", lint.code, lint.doc));
    }
    page.push_str("| `code_exists` | One of the `codes` sent for lint is a code of a promotion already, or stands in the list twice, in any spelling. |\n");
    page.push_str("| `not_looked_at` | Looking took too long among so many promotions. |\n");
    page.push_str("| `code_unusable` | One of the `codes` sent for lint cannot be a code. |\n");
    check("lints.md", &page).unwrap();
}

#[test]
fn every_reason_has_a_code_of_its_own() {
    let mut codes: Vec<&str> = reason::all().map(|kind| kind.code).collect();
    codes.sort_unstable();
    let count = codes.len();
    codes.dedup();
    assert_eq!(codes.len(), count);
}
