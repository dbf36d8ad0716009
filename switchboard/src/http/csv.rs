//! Files for spreadsheets (RFC 4180).

/// By this mark spreadsheets know UTF-8.
pub(super) const MARK: &str = "\u{feff}";

/// One line.
pub(super) fn line<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    cells.into_iter().map(cell).collect::<Vec<_>>().join(",") + "\r\n"
}

/// One value. Text that a spreadsheet would run as a formula begins with an apostrophe, as such programs themselves write text. Where lists
/// are separated by semicolons they split a line at each one, whatever is quoted: what stands behind one begins a cell as well.
pub(super) fn cell(text: &str) -> String {
    let mut written = String::new();
    for (n, part) in text.split(';').enumerate() {
        let part: String = part.chars().filter(|c| !c.is_control()).collect();
        // Spaces and quotes are gone by the time that the program looks at it.
        let runs = part.trim_start_matches(|c: char| c.is_whitespace() || c == '"').starts_with(['=', '+', '-', '@']);
        written += if n > 0 { ";" } else { "" };
        written += if runs { "'" } else { "" };
        written += &part;
    }
    if written.starts_with('\'') || written.contains(['"', ',', ';']) { format!("\"{}\"", written.replace('"', "\"\"")) } else { written }
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
            (" =1", "\"' =1\""),
            ("Ann;=cmd|' /C calc'!A0;", "\"Ann;'=cmd|' /C calc'!A0;\""),
            ("Ann; \u{a0}+1;\t@x;-", "\"Ann;' \u{a0}+1;'@x;'-\""),
            ("Ann;\"=1\"", "\"Ann;'\"\"=1\"\"\""),
            ("Ann\n=1\t=2", "Ann=1=2"),
            ("Ann; Bob (x = 1)", "\"Ann; Bob (x = 1)\""),
            ("Jean-Luc", "Jean-Luc"),
        ] {
            assert_eq!(cell(text), written);
        }
    }

    /// What a program makes of a line that splits it at this and takes quotes only where they begin a cell.
    fn cells(line: &str, separator: char) -> Vec<String> {
        let mut rest = line.trim_end_matches("\r\n");
        let mut cells = Vec::new();
        loop {
            let mut cell = String::new();
            while let Some(quoted) = rest.strip_prefix('"') {
                let (text, behind) = quoted.split_once('"').unwrap_or((quoted, ""));
                cell += text;
                rest = behind;
                cell += if rest.starts_with('"') { "\"" } else { "" };
            }
            let (text, behind) = rest.split_once(separator).map_or((rest, None), |(text, behind)| (text, Some(behind)));
            cells.push(cell + text);
            let Some(behind) = behind else { return cells };
            rest = behind;
        }
    }

    #[test]
    fn no_program_finds_a_formula_whatever_its_separator() {
        let pieces = ["=", "+1", "-", "@", ";", ",", "\"", "'", " ", "\t", "\n", "Ann"];
        for one in pieces {
            for two in pieces {
                for three in pieces {
                    for four in pieces {
                        let text = [one, two, three, four].concat();
                        let line = line(["2026-11-28", &text, "support", &text]);
                        for separator in [',', ';', '\t'] {
                            let found = cells(&line, separator);
                            let runs = |cell: &String| cell.trim_start_matches([' ', '"']).starts_with(['=', '+', '-', '@']);
                            assert!(!found.iter().any(runs), "{text:?} is written {line:?}, which {separator:?} splits into {found:?}");
                        }
                        assert_eq!(cells(&line, ',').len(), 4, "{text:?} is written {line:?}");
                    }
                }
            }
        }
    }
}
