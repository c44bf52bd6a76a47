//! The cookie of a session, and how a request with one shows that it comes from our own pages.

use axum::http::header::{COOKIE, HOST, ORIGIN};
use axum::http::{HeaderMap, Method, Uri};

use crate::access::service::session::Session;
use crate::platform::http::{Code, Problem};

/// Browsers take a cookie of this name only with `Secure`, for the whole host, and from nobody else.
const NAME: &str = "__Host-largesse";
/// The same without TLS, on one's own machine, where browsers would not keep the other.
const NAME_AT_HOME: &str = "largesse";
const CSRF: &str = "x-csrf-token";

/// Whether the browser talks to its own machine without TLS.
fn is_at_home(headers: &HeaderMap) -> bool {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map_or("", |(name, _)| name),
        None => host.split_once(':').map_or(host, |(name, _)| name),
    };
    let is_local = ["localhost", "127.0.0.1", "::1"].contains(&name) || name.ends_with(".localhost");
    is_local && headers.get("x-forwarded-proto").is_none_or(|scheme| scheme != "https")
}

/// The `Set-Cookie` that begins a session; with an empty token, the one that ends it.
pub(super) fn set(headers: &HeaderMap, token: &str) -> String {
    let end = if token.is_empty() { "; Max-Age=0" } else { "" };
    match is_at_home(headers) {
        true => format!("{NAME_AT_HOME}={token}; Path=/; HttpOnly; SameSite=Lax{end}"),
        false => format!("{NAME}={token}; Path=/; Secure; HttpOnly; SameSite=Lax{end}"),
    }
}

/// The token in the cookie of a request.
pub(super) fn get(headers: &HeaderMap) -> Option<&str> {
    // Elsewhere a neighbour under the same domain could have set the other one.
    let name = if is_at_home(headers) { NAME_AT_HOME } else { NAME };
    let all = headers.get_all(COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut cookies =
        all.flat_map(|value| value.split(';')).filter_map(|cookie| cookie.trim().split_once('='));
    cookies.find(|(found, value)| *found == name && !value.is_empty()).map(|(_, value)| value)
}

/// Whether a request comes from a page of ours, or from no page: browsers say so.
///
/// Errors: it comes from a page of somebody else.
pub(super) fn check_origin(headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let is_ours = match (text("sec-fetch-site"), text(ORIGIN.as_str())) {
        (Some(site), _) => site == "same-origin" || site == "none",
        (None, Some(origin)) => {
            let host = origin.parse::<Uri>().ok().and_then(|uri| uri.authority().map(ToString::to_string));
            host.is_some() && host.as_deref() == text(HOST.as_str())
        }
        // No browser of these years leaves both out.
        (None, None) => true,
    };
    match is_ours {
        true => Ok(()),
        false => Err(Problem::new(Code::CrossSite, "the request comes from a page of another site")),
    }
}

/// Whether a request that changes something was made by a page that knows the session's token.
///
/// Errors: it was not.
pub(super) fn check_csrf(method: &Method, headers: &HeaderMap, session: &Session) -> Result<(), Problem> {
    if method.is_safe() {
        return Ok(());
    }
    check_origin(headers)?;
    let sent = headers.get(CSRF).map(|value| value.as_bytes()).unwrap_or_default();
    match is_same(sent, session.csrf.as_bytes()) {
        true => Ok(()),
        false => {
            let detail = "send the `csrf_token` of `/v1/me` as `X-CSRF-Token`";
            Err(Problem::new(Code::CrossSite, detail))
        }
    }
}

/// Compares in a time that does not tell where they differ.
fn is_same(one: &[u8], other: &[u8]) -> bool {
    let differences = one.iter().zip(other).fold(0, |all, (one, other)| all | (one ^ other));
    one.len() == other.len() && differences == 0
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(all: &[(&'static str, &'static str)]) -> HeaderMap {
        all.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn the_cookie_is_for_this_host_alone_but_at_home() {
        let shop = headers(&[("host", "shop.example.com")]);
        assert_eq!(set(&shop, "T"), "__Host-largesse=T; Path=/; Secure; HttpOnly; SameSite=Lax");
        for home in ["localhost:8080", "127.0.0.1:8080", "[::1]:8080", "admin.localhost"] {
            assert_eq!(set(&headers(&[("host", home)]), "T"), "largesse=T; Path=/; HttpOnly; SameSite=Lax");
        }
        for away in ["localhost.example.com", "127.0.0.1.example.com", "", "10.0.0.1:8080"] {
            assert!(set(&headers(&[("host", away)]), "T").starts_with("__Host-"), "{away}");
        }
        let behind = headers(&[("host", "localhost"), ("x-forwarded-proto", "https")]);
        assert!(
            set(&behind, "").starts_with("__Host-largesse=; ") && set(&behind, "").ends_with("; Max-Age=0")
        );
    }

    #[test]
    fn a_cookie_that_a_neighbour_may_have_set_is_not_looked_at() {
        let cookie = ("cookie", "a=b; largesse=planted; __Host-largesse=mine");
        assert_eq!(get(&headers(&[("host", "shop.example.com"), cookie])), Some("mine"));
        assert_eq!(get(&headers(&[("host", "shop.example.com"), ("cookie", "largesse=planted")])), None);
        assert_eq!(get(&headers(&[("host", "localhost"), ("cookie", "largesse=T")])), Some("T"));
    }

    #[test]
    fn pages_of_other_sites_are_refused() {
        let is_ours = |all: &[(&'static str, &'static str)]| check_origin(&headers(all)).is_ok();
        let host = ("host", "shop.example.com");
        assert!(
            is_ours(&[host, ("sec-fetch-site", "same-origin")])
                && is_ours(&[host, ("sec-fetch-site", "none")])
        );
        assert!(is_ours(&[host]) && is_ours(&[host, ("origin", "https://shop.example.com")]));
        for site in ["cross-site", "same-site", ""] {
            assert!(
                !is_ours(&[host, ("sec-fetch-site", site), ("origin", "https://shop.example.com")]),
                "{site}"
            );
        }
        for origin in ["null", "https://evil.example", "https://shop.example.com.evil.example", ""] {
            assert!(!is_ours(&[host, ("origin", origin)]), "{origin}");
        }
    }
}
