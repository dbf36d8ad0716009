//! Files for spreadsheets (RFC 4180).

/// By this mark spreadsheets know UTF-8.
pub(super) const MARK: &str = "\u{feff}";

/// One line.
pub(super) fn line<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    cells.into_iter().map(cell).collect::<Vec<_>>().join(",") + "\r\n"
}

/// One value. Text that a spreadsheet would run as a formula begins with an apostrophe, as such programs themselves write text.
pub(super) fn cell(text: &str) -> String {
    let text: String = text.chars().filter(|c| !c.is_control()).collect();
    let guard = if text.starts_with(['=', '+', '-', '@']) { "'" } else { "" };
    if text.contains(['"', ',']) || !guard.is_empty() { format!("\"{guard}{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_leaves_its_cell_or_runs() {
        for (text, written) in [
            ("Main gate", "Main gate"),
            ("Smith, John", "\"Smith, John\""),
            ("the \"back\" door", "\"the \"\"back\"\" door\""),
            ("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\""),
            ("@sum", "\"'@sum\""),
            ("two\r\nlines", "twolines"),
            ("\t=1", "\"'=1\""),
        ] {
            assert_eq!(cell(text), written);
        }
    }
}
