//! The mail that delivers a gift card.

use engine::gift_card::CardCode;

use super::{Card, Status, get, open_code};
use crate::app::AppState;
use crate::mail::Letter;
use crate::platform::http::Problem;
use crate::platform::ids::StoreId;
use crate::settings;

/// Writes it; or says why it is not to be sent any more.
pub(in crate::gift_card) async fn write(
    app: AppState,
    store: StoreId,
    id: i64,
) -> Result<Result<Letter, String>, Problem> {
    let card = get(app.db.read(), store, id).await?;
    match card.status(app.clock.now()) {
        Status::Voided => return Ok(Err("the card was voided before it was sent".to_owned())),
        Status::Expired => return Ok(Err("the card expired before it was sent".to_owned())),
        Status::Active | Status::Redeemed => {}
    }
    let code = open_code(&app, &card.row)?;
    let settings = settings::service::get(app.db.read(), store).await?;
    Ok(Ok(letter(&card, &code, &settings.name)))
}

fn letter(card: &Card, code: &CardCode, store_name: &str) -> Letter {
    let currency = card.currency();
    let amount = card.state.account.balance.display(currency);
    let giver = card.sender_name().filter(|name| !name.trim().is_empty());
    let subject = match giver {
        Some(giver) => format!("{giver} sent you a gift card for {store_name}"),
        None => format!("Your gift card for {store_name}"),
    };
    let greeting = match card.recipient_name().filter(|name| !name.trim().is_empty()) {
        Some(name) => format!("Hello {name},"),
        None => "Hello,".to_owned(),
    };
    let from = giver.map_or_else(String::new, |giver| format!(" from {giver}"));
    let intro = format!("here is your gift card for {store_name}{from}.");
    let expiry = match card.state.account.expires {
        Some(expires) => format!("It can be used until {} UTC.", expires.strftime("%-d %B %Y, %H:%M")),
        None => "It does not expire.".to_owned(),
    };
    let pin = if card.has_pin() { " You also need the PIN that you were given." } else { "" };
    let usage = format!(
        "Enter the code at the checkout of {store_name}. What you do not spend stays on the card for the next time.{pin}"
    );
    let message = card.message().map(str::trim).filter(|message| !message.is_empty());
    let code = code.display();
    let quoted = message.map_or_else(String::new, |message| format!("{message}\n\n"));
    let text =
        format!("{greeting}\n\n{intro}\n\n{quoted}Amount: {amount}\nCode: {code}\n\n{usage}\n{expiry}\n");
    let parts = Parts { greeting, intro, message, amount, code, usage, expiry };
    Letter { sender_name: store_name.to_owned(), subject: one_line(&subject), text, html: html(&parts) }
}

struct Parts<'card> {
    greeting: String,
    intro: String,
    message: Option<&'card str>,
    amount: String,
    code: String,
    usage: String,
    expiry: String,
}

fn html(parts: &Parts<'_>) -> String {
    let message = parts.message.map_or_else(String::new, |message| {
        let lines = escape(message).replace('\n', "<br>");
        format!(
            "<p style=\"margin:0 0 24px;padding:12px 16px;border-left:4px solid #d97706;background:#fffbeb\">{lines}</p>"
        )
    });
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"></head>\
         <body style=\"margin:0;padding:24px;background:#f3f4f6;font:16px/1.5 Helvetica,Arial,sans-serif;\
         color:#1f2937\"><div style=\"max-width:520px;margin:0 auto;padding:32px;background:#ffffff;\
         border-radius:12px\"><p style=\"margin:0 0 8px\">{greeting}</p><p style=\"margin:0 0 24px\">{intro}</p>\
         {message}<div style=\"margin:0 0 24px;padding:24px;border-radius:12px;background:#1f2937;color:#ffffff;\
         text-align:center\"><div style=\"font-size:32px;font-weight:bold\">{amount}</div>\
         <div style=\"margin-top:12px;font:20px/1.4 Menlo,Consolas,monospace;letter-spacing:1px\">{code}</div></div>\
         <p style=\"margin:0 0 8px\">{usage}</p><p style=\"margin:0;color:#6b7280\">{expiry}</p></div></body></html>",
        greeting = escape(&parts.greeting),
        intro = escape(&parts.intro),
        amount = escape(&parts.amount),
        code = escape(&parts.code),
        usage = escape(&parts.usage),
        expiry = escape(&parts.expiry),
    )
}

/// A text in HTML: what someone typed stays text.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// A text without line ends, which would end a header.
fn one_line(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}
