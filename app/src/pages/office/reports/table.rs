//! The rows of a report: totals on top, a hundred rows at a time, in the order of any column.

use std::cmp::Reverse;
use std::sync::Arc;

use leptos::prelude::*;

use super::words;
use crate::components::kit::{Button, Each, When, memo, say};
use crate::desk::office::action::Action;
use crate::desk::office::reports::{Figure, Shown, Value, Which, Wish as Reports};
use crate::desk::office::view::{Granularity, ReportFigures, ReportKind};
use crate::i18n::{I18n, Word};
use crate::store::{Calendar, Wish};

/// Rows that are laid out at once.
const PAGE: usize = 100;

/// In which order rows are shown.
#[derive(Clone, Copy, PartialEq)]
enum Order {
    Time,
    Name,
    Of(Figure),
}

fn sorted(shown: &Shown, order: Order, down: bool) -> Vec<usize> {
    let rows = &shown.report.rows;
    let mut places: Vec<usize> = (0..rows.len()).collect();
    match order {
        Order::Time => {}
        Order::Name => places.sort_by_cached_key(|row| rows[*row].label.to_lowercase()),
        Order::Of(figure) => places.sort_by_cached_key(|row| (figure.value(&rows[*row].figures).rank(), Reverse(*row))),
    }
    if down {
        places.reverse();
    }
    places
}

/// The table.
#[component]
pub(super) fn Table(
    /// The report.
    shown: Arc<Shown>,
) -> impl IntoView {
    let t = I18n::use_context();
    let kind = shown.report.kind;
    let figures = Figure::of(kind);
    let timed = shown.report.granularity != Granularity::Total;
    let by_queue = kind == ReportKind::Dispositions;
    let order = RwSignal::new((if timed { Order::Time } else { Order::Name }, false));
    let first = RwSignal::new(0_usize);
    let count = shown.report.rows.len();
    let places = memo({
        let shown = shown.clone();
        move || {
            let (order, down) = order.get();
            sorted(&shown, order, down)
        }
    });
    let page = memo(move || places.with(|places| places.iter().copied().skip(first.get()).take(PAGE).collect::<Vec<usize>>()));
    let head = move |which: Order, word: Word, help: Option<Word>| {
        let press = move |_| {
            first.set(0);
            // Figures are looked at from the highest one on, names and times from the first.
            order.update(|(order, down)| (*down, *order) = (if *order == which { !*down } else { matches!(which, Order::Of(_)) }, which));
        };
        let sort = move || match order.get() {
            (order, down) if order == which => Some(if down { "descending" } else { "ascending" }),
            _ => None,
        };
        view! {
            <th scope="col" class:num=matches!(which, Order::Of(_)) aria-sort=sort title=help.map(|help| say(move || t.get(help)))>
                <button type="button" class="report-sort" on:click=press>{t.of(word)}</button>
            </th>
        }
    };
    let sums = shown.report.total;
    let spans = 1 + usize::from(timed) + usize::from(by_queue);
    let rows = shown.clone();
    view! {
        <div class="report-table" tabindex="0" role="region" aria-label=say(move || t.get(words::kind(kind)))>
            <table>
                <thead>
                    <tr>
                        {timed.then(|| head(Order::Time, Word::Begin, None))}
                        {head(Order::Name, words::subject(kind), None)}
                        {by_queue.then(|| view! { <th scope="col">{t.of(Word::Queue)}</th> })}
                        {figures
                            .iter()
                            .map(|figure| {
                                let (word, help) = words::figure(*figure);
                                head(Order::Of(*figure), word, Some(help))
                            })
                            .collect_view()}
                    </tr>
                </thead>
                <tbody>
                    <tr class="report-total">
                        <th scope="row" colspan=spans.to_string()>{t.of(Word::Total)}</th>
                        {cells(kind, None, &sums)}
                    </tr>
                    <Each each=move || page.get() key=|row| *row let:row>
                        <Row shown=rows.clone() row timed by_queue/>
                    </Each>
                </tbody>
            </table>
        </div>
        <When when=move || { count > PAGE }>
            <div class="report-pages">
                <p class="soft num">
                    {say(move || {
                        let (from, to) = (first.get() + 1, (first.get() + PAGE).min(count));
                        t.with(Word::RowsOf, &[("first", &from.to_string()), ("last", &to.to_string()), ("count", &count.to_string())])
                    })}
                </p>
                <Button
                    label=t.of(Word::PageBefore)
                    disabled=Signal::derive(move || first.get() == 0)
                    press=Callback::new(move |()| first.update(|first| *first = first.saturating_sub(PAGE)))
                />
                <Button
                    label=t.of(Word::PageAfter)
                    disabled=Signal::derive(move || first.get() + PAGE >= count)
                    press=Callback::new(move |()| first.update(|first| *first += PAGE))
                />
            </div>
        </When>
    }
}

#[component]
fn Row(shown: Arc<Shown>, row: usize, timed: bool, by_queue: bool) -> impl IntoView {
    let t = I18n::use_context();
    let calendar = Calendar::use_context();
    let of = shown.row_of(row)?;
    let line = shown.report.rows.get(row)?;
    let (label, queue) = (of.label.clone(), line.queue.clone());
    let when = timed.then(|| view! { <td class="num report-when">{say(move || words::begin(&of, t, calendar).unwrap_or_default())}</td> });
    let queue = by_queue.then(|| view! { <td><bdi>{queue}</bdi></td> });
    Some(view! {
        <tr>
            {when}
            <th scope="row"><bdi>{say(move || words::named(&label, t))}</bdi></th>
            {queue}
            {cells(shown.report.kind, Some(row), &line.figures)}
        </tr>
    })
}

/// The figures of a row; behind some of them stand calls.
fn cells(kind: ReportKind, row: Option<usize>, sums: &ReportFigures) -> AnyView {
    let t = I18n::use_context();
    let wish = Wish::use_context();
    let cell = |figure: &Figure| {
        let (figure, value) = (*figure, figure.value(sums));
        let text = move || words::value(value, t.language());
        if figure.counted().is_none() || value.rank() <= 0 {
            return view! { <td class="num" class:report-none={value.rank() <= 0 && !matches!(value, Value::Part(_))}>{say(text)}</td> }
                .into_any();
        }
        let press = move |_| wish.send(Action::Reports(Reports::OpenCalls(Which { figure, row })));
        let label = say(move || t.with(Word::CallsOf, &[("count", &text()), ("figure", t.get(words::figure(figure).0))]));
        view! {
            <td class="num"><button type="button" class="report-figure" aria-label=label on:click=press>{say(text)}</button></td>
        }
        .into_any()
    };
    Figure::of(kind).iter().map(cell).collect_view().into_any()
}
