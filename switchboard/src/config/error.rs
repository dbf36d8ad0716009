//! What is wrong with a configuration: file, line, and what to write instead.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// One mistake in a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// The file.
    pub file: PathBuf,
    /// Line, counted from 1; `None` where it is about the file as a whole.
    pub line: Option<usize>,
    /// What is wrong.
    pub problem: String,
    /// What to write instead; may be empty.
    pub help: String,
}

impl ConfigError {
    pub(super) fn unreadable(file: &Path, problem: &str) -> Self {
        Self { file: file.to_owned(), line: None, problem: problem.to_owned(), help: String::new() }
    }

    pub(super) fn at(file: &Path, text: &str, span: Range<usize>, problem: String, help: String) -> Self {
        let before = text.get(..span.start).unwrap_or(text);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        Self { file: file.to_owned(), line: Some(line), problem, help }
    }

    /// Rewords what the TOML reader says.
    pub(super) fn from_toml(file: &Path, text: &str, error: &toml::de::Error) -> Self {
        let message = error.message();
        let (problem, help) = reword(message);
        match error.span() {
            Some(span) => Self::at(file, text, span, problem, help),
            None => Self { file: file.to_owned(), line: None, problem, help },
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        write!(f, ": {}", self.problem)?;
        if !self.help.is_empty() {
            write!(f, "; {}", self.help)?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

fn reword(message: &str) -> (String, String) {
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    match quoted.split_first() {
        Some((found, known)) if message.starts_with("unknown field") => (format!("there is no key `{found}` here"), suggest(found, known)),
        Some((found, known)) if message.starts_with("unknown variant") => {
            (format!("`{found}` is not a value for this key"), suggest(found, known))
        }
        Some((missing, _)) if message.starts_with("missing field") => {
            (format!("the key `{missing}` is missing"), format!("add a line `{missing} = …` to this table"))
        }
        Some(_) | None => (message.trim().replace('\n', " "), String::new()),
    }
}

/// Says which of the known words was probably meant, or lists them.
pub(super) fn suggest(found: &str, known: &[&str]) -> String {
    let nearest = known.iter().map(|word| (distance(found, word), word)).min();
    match nearest {
        Some((distance, word)) if distance <= 2.max(found.len() / 3) => format!("write `{word}`"),
        Some(_) => format!("write one of `{}`", known.join("`, `")),
        None => String::new(),
    }
}

/// Number of letters to insert, delete or exchange (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let exchanged = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = exchanged.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}
