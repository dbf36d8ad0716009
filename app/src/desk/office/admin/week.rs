//! Opening hours by weekday: what is typed for each day, the lines that the switchboard takes, and the bars that are drawn.

/// The days of the week as the switchboard names them.
pub const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
/// Minutes of a day.
const DAY: u16 = 24 * 60;

/// From one minute of a day to another.
pub type Span = (u16, u16);

/// What is typed for each day: `08:00-12:30, 14:00-18:00`; nothing where it is closed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Week(pub [String; 7]);

impl Week {
    /// The week of these lines. A line that names no hours is left out: the switchboard sends none.
    #[must_use]
    pub fn of(lines: &[String]) -> Week {
        let mut days: [Vec<Span>; 7] = Default::default();
        for line in lines {
            let Some((named, times)) = line.trim().split_once(' ') else { continue };
            let (Some(named), Some(span)) = (weekdays(named), span(times)) else { continue };
            for day in named {
                days[day].push(span);
            }
        }
        Week(days.map(|mut spans| {
            spans.sort_unstable();
            written(&spans)
        }))
    }

    /// The lines that say the same, days with the same hours together; or the days whose text names no hours.
    ///
    /// # Errors
    /// Places of the days that cannot be read.
    pub fn lines(&self) -> Result<Vec<String>, Vec<usize>> {
        let days: Vec<Option<Vec<Span>>> = self.0.iter().map(|text| spans(text)).collect();
        let wrong: Vec<usize> = days.iter().enumerate().filter(|(_, day)| day.is_none()).map(|(at, _)| at).collect();
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let days: Vec<Vec<Span>> = days.into_iter().flatten().collect();
        let mut lines = Vec::new();
        let mut first = 0;
        while first < days.len() {
            let last = (first..days.len()).take_while(|day| days[*day] == days[first]).last().unwrap_or(first);
            let named = if first == last { DAYS[first].to_owned() } else { format!("{}-{}", DAYS[first], DAYS[last]) };
            lines.extend(days[first].iter().map(|span| format!("{named} {}", written(&[*span]))));
            first = last + 1;
        }
        Ok(lines)
    }

    /// The hours of a day; `None` where its text names none.
    #[must_use]
    pub fn day(&self, day: usize) -> Option<Vec<Span>> {
        spans(self.0.get(day)?)
    }
}

/// Where a span begins and how long it is, in per cent of a day.
#[must_use]
pub fn bar((from, to): Span) -> (f64, f64) {
    let percent = |minutes: u16| f64::from(minutes) * 100.0 / f64::from(DAY);
    (percent(from), percent(to - from))
}

fn spans(text: &str) -> Option<Vec<Span>> {
    let parts = text.split([',', ';']).map(str::trim).filter(|part| !part.is_empty());
    let mut spans = parts.map(span).collect::<Option<Vec<Span>>>()?;
    spans.sort_unstable();
    Some(spans)
}

fn span(text: &str) -> Option<Span> {
    let (from, to) = text.trim().split_once(['-', '–'])?;
    let (from, to) = (minute(from)?, minute(to)?);
    (from < to).then_some((from, to))
}

/// `8`, `8:00` and `08:00` alike: people type as they speak.
fn minute(text: &str) -> Option<u16> {
    let (hours, minutes) = text.trim().split_once([':', '.']).unwrap_or((text.trim(), "00"));
    let digits = |text: &str, most: usize| (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(hours, 2) || !digits(minutes, 2) || minutes.len() != 2 {
        return None;
    }
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    let minute = hours * 60 + minutes;
    (minutes < 60 && minute <= DAY).then_some(minute)
}

fn written(spans: &[Span]) -> String {
    let time = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    spans.iter().map(|(from, to)| format!("{}-{}", time(*from), time(*to))).collect::<Vec<_>>().join(", ")
}

fn weekdays(text: &str) -> Option<Vec<usize>> {
    let day = |name: &str| DAYS.iter().position(|known| known.eq_ignore_ascii_case(name));
    let Some((first, last)) = text.split_once('-') else { return Some(vec![day(text)?]) };
    let (first, last) = (day(first)?, day(last)?);
    Some((0..=(last + 7 - first) % 7).map(|step| (first + step) % 7).collect())
}
