//! Figures in words.

use crate::components::kit::clock_text;
use crate::desk::office::reports::{Figure, Range, RowOf, Value};
use crate::desk::office::view::{Granularity, ReportKind};
use crate::desk::settings::Language;
use crate::i18n::{I18n, Word};
use crate::store::{Calendar, DateStyle};

/// Name of a report.
pub(super) fn kind(kind: ReportKind) -> Word {
    match kind {
        ReportKind::Queues | ReportKind::Unknown => Word::Queues,
        ReportKind::Sites => Word::Sites,
        ReportKind::Agents => Word::Agents,
        ReportKind::Reasons => Word::Reasons,
        ReportKind::Dispositions => Word::Dispositions,
    }
}

/// What its rows are.
pub(super) fn subject(kind: ReportKind) -> Word {
    match kind {
        ReportKind::Queues | ReportKind::Unknown => Word::Queue,
        ReportKind::Sites => Word::Site,
        ReportKind::Agents => Word::Agent,
        ReportKind::Reasons => Word::Reason,
        ReportKind::Dispositions => Word::Disposition,
    }
}

/// Name of a span.
pub(super) fn span(granularity: Granularity) -> Word {
    match granularity {
        Granularity::Quarter => Word::Quarters,
        Granularity::Hour => Word::Hours,
        Granularity::Day => Word::Days,
        Granularity::Week => Word::Weeks,
        Granularity::Total | Granularity::Unknown => Word::Altogether,
    }
}

/// Name of a choice of days.
pub(super) fn range(range: &Range) -> Word {
    match range {
        Range::Today => Word::Today,
        Range::Yesterday => Word::Yesterday,
        Range::Week => Word::SevenDays,
        Range::Month => Word::ThisMonth,
        Range::Own { .. } => Word::OwnDays,
    }
}

/// Heading of a column, and what it says.
pub(super) fn figure(figure: Figure) -> (Word, Word) {
    match figure {
        Figure::Answered => (Word::FigAnswered, Word::FigAnsweredHelp),
        Figure::InTime => (Word::FigInTime, Word::FigInTimeHelp),
        Figure::Opened => (Word::FigOpened, Word::FigOpenedHelp),
        Figure::Lost => (Word::FigLost, Word::FigLostHelp),
        Figure::Short => (Word::FigShort, Word::FigShortHelp),
        Figure::FoundClosed => (Word::FigFoundClosed, Word::FigFoundClosedHelp),
        Figure::FoundFull => (Word::FigFoundFull, Word::FigFoundFullHelp),
        Figure::Overflowed => (Word::FigOverflowed, Word::FigOverflowedHelp),
        Figure::Level => (Word::FigLevel, Word::FigLevelHelp),
        Figure::AverageWait => (Word::FigAverageWait, Word::FigAverageWaitHelp),
        Figure::HandedOn => (Word::FigHandedOn, Word::FigHandedOnHelp),
        Figure::Missed => (Word::FigMissed, Word::FigMissedHelp),
        Figure::Talk => (Word::FigTalk, Word::FigTalkHelp),
        Figure::Work => (Word::FigWork, Word::FigWorkHelp),
        Figure::AverageHandling => (Word::FigHandling, Word::FigHandlingHelp),
        Figure::Ready => (Word::FigReady, Word::FigReadyHelp),
        Figure::Unready => (Word::FigUnready, Word::FigUnreadyHelp),
        Figure::Ringing => (Word::FigRinging, Word::FigRingingHelp),
        Figure::OnCall => (Word::FigOnCall, Word::FigOnCallHelp),
        Figure::WrapUp => (Word::FigWrapUp, Word::FigWrapUpHelp),
        Figure::Pauses => (Word::FigPauses, Word::FigPausesHelp),
        Figure::Paused => (Word::FigPaused, Word::FigPausedHelp),
    }
}

/// Text of a cell.
pub(super) fn value(value: Value, language: Language) -> String {
    match value {
        Value::Count(count) => grouped(count),
        Value::Part(part) => {
            let point = if language == Language::En { '.' } else { ',' };
            format!("{}{point}{}\u{a0}%", part / 10, part % 10)
        }
        Value::Time(ms) => clock_text(ms.max(0).unsigned_abs() / 1000),
        Value::Nothing => "\u{2013}".to_owned(),
    }
}

/// Thousands apart, by a space that all languages read.
fn grouped(count: i64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// When a row begins, as its site writes it.
pub(super) fn begin(row: &RowOf, t: I18n, calendar: Calendar) -> Option<String> {
    let style = if row.day { DateStyle::Date } else { DateStyle::DateTime };
    Some(calendar.print(row.at?, style, t.language().tag()))
}

/// A name, or the word for none.
pub(super) fn named(label: &str, t: I18n) -> String {
    if label.is_empty() { t.get(Word::WithoutName).to_owned() } else { label.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_as_their_language_writes_them() {
        let text = |of| value(of, Language::De);
        let of = [Value::Count(0), Value::Count(999), Value::Count(1_234_567), Value::Part(875), Value::Time(3_723_400), Value::Nothing];
        assert_eq!(of.map(text), ["0", "999", "1\u{202f}234\u{202f}567", "87,5\u{a0}%", "1:02:03", "\u{2013}"]);
        assert_eq!(value(Value::Part(1000), Language::En), "100.0\u{a0}%");
    }
}
