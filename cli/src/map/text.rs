//! Numbers and names as the pictures write them.

use std::fmt::Write;

/// A number of bytes in the unit that suits it, with three digits or so.
pub fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 7] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let mut unit = 0;
    let mut value = bytes as f64;
    // What would be shown as 1024 is one of the next unit.
    while value >= 1023.5 && unit < UNITS.len() - 1 {
        value /= 1024.0;
        unit += 1;
    }
    let decimals = usize::from(unit > 0 && value < 99.95);
    format!("{value:.decimals$} {}", UNITS[unit])
}

/// A share in per cent. Only what is all is shown as 100, and only what is nothing as 0.
pub fn percent(share: Option<f64>) -> String {
    match share {
        None => "–".into(),
        Some(share) if share > 0.0 && share < 0.01 => "<1 %".into(),
        Some(share) if share > 0.99 && share < 1.0 => ">99 %".into(),
        Some(share) => format!("{:.0} %", share * 100.0),
    }
}

/// `1 pool`, `2 pools`.
pub fn count(number: u64, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// Text as XML and HTML have it, between tags and in attributes. What XML does not allow becomes U+FFFD.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let _ = match c {
            '&' => out.write_str("&amp;"),
            '<' => out.write_str("&lt;"),
            '>' => out.write_str("&gt;"),
            '"' => out.write_str("&quot;"),
            '\'' => out.write_str("&#39;"),
            '\t' | '\n' => out.write_char(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {
                out.write_char('\u{fffd}')
            }
            c => out.write_char(c),
        };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_have_a_unit_that_suits_them() {
        assert_eq!(bytes(0), "0 B");
        assert_eq!(bytes(1023), "1023 B");
        assert_eq!(bytes(1024), "1.0 KiB");
        assert_eq!(bytes((1 << 20) - 1), "1.0 MiB");
        assert_eq!(bytes(150 << 10), "150 KiB");
        assert_eq!(bytes(u64::MAX), "16.0 EiB");
    }

    #[test]
    fn shares_do_not_round_to_all_or_nothing() {
        assert_eq!(percent(Some(0.0)), "0 %");
        assert_eq!(percent(Some(0.001)), "<1 %");
        assert_eq!(percent(Some(0.996)), ">99 %");
        assert_eq!(percent(Some(1.0)), "100 %");
        assert_eq!(percent(None), "–");
    }

    #[test]
    fn markup_in_a_name_is_text() {
        assert_eq!(
            escaped("<a b='\"&\u{1}\u{7f}>"),
            "&lt;a b=&#39;&quot;&amp;\u{fffd}\u{fffd}&gt;"
        );
    }
}
