//! The audit log: who did what, when and on whom, and whether the log is as it was written.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use crate::components::kit::{Button, Each, EmptyState, Glyph, Look, Note, Spinner, TextField, Tone, When, memo, react, say};
use crate::components::office::OfficeTitle;
use crate::desk::office::action::Action;
use crate::desk::office::audit::{AuditFaultKind, Find, Proof, Row, Wish as Ask};
use crate::i18n::{I18n, Key, Word};
use crate::store::{DateStyle, OfficeStores, Platform, Wish};

/// The page.
#[component]
pub fn Audit() -> impl IntoView {
    let t = I18n::use_context();
    let audit = OfficeStores::use_context().audit;
    let wish = Wish::use_context();
    let send = move |ask: Ask| wish.send(Action::Audit(ask));
    let (words, from, to) = (RwSignal::new(String::new()), RwSignal::new(String::new()), RwSignal::new(String::new()));
    let find = move || {
        let words = words.get_untracked().trim().to_owned();
        send(Ask::Find(Find { words, from: from.get_untracked(), to: to.get_untracked() }));
    };
    react(move || send(Ask::Find(Find::default())));
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        find();
    };
    let rows = audit.memo(|view| view.rows.clone());
    let loading = audit.memo(|view| view.loading);
    let failed = audit.memo(|view| view.failed);
    let wrong_days = audit.memo(|view| view.wrong_days);
    let more = audit.memo(|view| view.more);
    let none = memo(move || rows.with(Vec::is_empty));
    view! {
        <OfficeTitle page=Word::Audit/>
        <p class="soft">{t.of(Word::AuditLead)}</p>
        <Chain/>
        <form class="report-days" role="search" on:submit=submit>
            <TextField label=t.of(Word::AuditFind) id="audit-find" value=words kind=Signal::stored("search")/>
            <TextField label=t.of(Word::FromDay) id="audit-from" value=from kind=Signal::stored("date")/>
            <TextField label=t.of(Word::ToDay) id="audit-to" value=to kind=Signal::stored("date")/>
            <Button label=t.of(Word::Find) glyph=Glyph::Search look=Look::Primary submit=true/>
        </form>
        <When when=move || wrong_days.get()>
            <Note tone=Tone::Warn role="alert"><p>{t.of(Word::TroubleDays)}</p></Note>
        </When>
        <When when=move || failed.get()>
            <Note tone=Tone::Warn role="alert">
                <p>{t.of(Word::NotLoaded)}</p>
                <Button label=t.of(Key::TryAgain) class="btn-sm" press=Callback::new(move |()| find())/>
            </Note>
        </When>
        <When when=move || !none.get()>
            <div class="report report-table" tabindex="0" role="region" aria-label=t.of(Word::Audit)>
                <table>
                    <thead>
                        <tr>
                            {[Word::Begin, Word::AuditWhat, Word::AuditWho, Word::AuditOn, Word::AuditFrom, Word::AuditFacts, Word::AuditNumber]
                                .map(|word| view! { <th scope="col">{t.of(word)}</th> })
                                .collect_view()}
                        </tr>
                    </thead>
                    <tbody>
                        <Each each=move || rows.get() key=|row| row.seq let:row>
                            <Line row/>
                        </Each>
                    </tbody>
                </table>
            </div>
        </When>
        <div role="status"><When when=move || loading.get()><Spinner label=t.of(Key::Loading)/></When></div>
        <When when=move || none.get() && !loading.get() && !failed.get() && !wrong_days.get() && !more.get()>
            <EmptyState glyph=Glyph::Search title=t.of(Word::AuditNone)/>
        </When>
        <When when=move || more.get() && !loading.get()>
            <div class="report-pages"><Button label=t.of(Word::Older) press=Callback::new(move |()| send(Ask::More))/></div>
        </When>
    }
}

/// Whether the log is whole, on request: the walk takes a while.
#[component]
fn Chain() -> impl IntoView {
    let t = I18n::use_context();
    let audit = OfficeStores::use_context().audit;
    let wish = Wish::use_context();
    let platform = Platform::use_context();
    let proving = audit.memo(|view| view.proving);
    let failed = audit.memo(|view| view.proof_failed);
    let proof = audit.memo(|view| view.proof);
    let sentence = move |proof: Proof| {
        let when = platform.date_time(proof.at, DateStyle::DateTime, t.language().tag());
        let (rows, erased) = (proof.rows.to_string(), proof.erased.to_string());
        let whole = [("rows", rows.as_str()), ("erased", erased.as_str()), ("when", when.as_str())];
        let Some((fault, row)) = proof.fault else { return (Tone::Good, t.with(Word::ChainWhole, &whole)) };
        let word = match fault {
            AuditFaultKind::Missing => Word::ChainMissing,
            AuditFaultKind::CutOff => Word::ChainCutOff,
            AuditFaultKind::Replaced => Word::ChainReplaced,
            AuditFaultKind::NoHead => Word::ChainNoHead,
            AuditFaultKind::Changed | AuditFaultKind::Unknown => Word::ChainChanged,
        };
        (Tone::Bad, t.with(word, &[("row", &row.to_string()), ("when", &when)]))
    };
    view! {
        <div class="office-bar">
            <Button
                label=t.of(Word::ChainCheck)
                glyph=Glyph::Check
                busy=Signal::derive(move || proving.get())
                press=Callback::new(move |()| wish.send(Action::Audit(Ask::Prove)))
            />
        </div>
        <When when=move || failed.get()>
            <Note tone=Tone::Warn role="alert"><p>{t.of(Word::NotLoaded)}</p></Note>
        </When>
        {move || proof.get().map(|proof| {
            let (tone, sentence) = sentence(proof);
            view! { <Note tone=tone role="status"><p>{sentence}</p></Note> }
        })}
    }
}

#[component]
fn Line(row: Row) -> impl IntoView {
    let t = I18n::use_context();
    let platform = Platform::use_context();
    let (at, seq) = (row.at, row.seq.to_string());
    let what = move || {
        let said = |text: &str| word(text).map_or_else(|| text.replace(['_', '.'], " "), |word| t.get(word).to_owned());
        format!("{}: {}", said(&row.action), said(&row.outcome))
    };
    let facts = move || {
        let said = |name: &str, value: &str| {
            fact(name, value).map_or_else(|| format!("{name}: {value}"), |(name, value)| format!("{}: {}", t.get(name), t.get(value)))
        };
        row.facts.iter().map(|(name, value)| said(name, value)).collect::<Vec<_>>().join(" \u{b7} ")
    };
    view! {
        <tr>
            <td class="num report-when">{say(move || platform.date_time(at, DateStyle::DateTime, t.language().tag()))}</td>
            <td>{say(what)}</td>
            <td><bdi>{row.by}</bdi></td>
            <td><bdi>{row.on}</bdi></td>
            <td><bdi>{row.address}</bdi></td>
            <td class="audit-facts"><bdi>{say(facts)}</bdi></td>
            <td class="num">{seq}</td>
        </tr>
    }
}

/// A fixed word of the log in words of the page; what a later version writes is shown as it is.
fn word(fixed: &str) -> Option<Word> {
    Some(match fixed {
        "sign_in" => Word::ActSignIn,
        "sign_out" => Word::ActSignOut,
        "lock_out" => Word::ActLockOut,
        "session_end" => Word::ActSessionEnd,
        "password" => Word::ActPassword,
        "device_password" => Word::ActDevicePassword,
        "administration" => Word::ActAdministration,
        "wall_link" => Word::ActWallLink,
        "floor_order" => Word::ActFloorOrder,
        "report_export" => Word::ActReportExport,
        "access_export" => Word::ActAccessExport,
        "call_seen" => Word::ActCallSeen,
        "callers_seen" => Word::ActCallersSeen,
        "door_release" => Word::ActDoorRelease,
        "door_picture_seen" => Word::ActDoorPicture,
        "door_locked_out" => Word::ActDoorLockedOut,
        "door_ring" => Word::ActDoorRing,
        "sip.supervision" => Word::ActSupervision,
        "sip.take-over" => Word::ActTakeOver,
        "sip.login-failed" => Word::ActPhoneSignIn,
        "done" => Word::OutDone,
        "accepted" => Word::OutAccepted,
        "refused" => Word::OutRefused,
        "begun" => Word::OutBegun,
        "lifted" => Word::OutLifted,
        "not_found" => Word::OutNotFound,
        "failed" => Word::OutFailed,
        "ended" => Word::OutEnded,
        _ => return None,
    })
}

/// A fact of which name and value are fixed words, in words of the page.
fn fact(name: &str, value: &str) -> Option<(Word, Word)> {
    Some(match (name, value) {
        ("mode", "listen") => (Word::FactMode, Word::ModeListen),
        ("mode", "listen_silently") => (Word::FactMode, Word::ModeSilent),
        ("mode", "whisper") => (Word::FactMode, Word::ModeWhisper),
        ("mode", "barge") => (Word::FactMode, Word::ModeBarge),
        ("why", "left") => (Word::FactWhy, Word::WhyLeft),
        ("why", "call_over") => (Word::FactWhy, Word::WhyCallOver),
        ("why", "taken_over") => (Word::FactWhy, Word::WhyTakenOver),
        ("why", "passed_on") => (Word::FactWhy, Word::WhyPassedOn),
        ("why", "anew") => (Word::FactWhy, Word::WhyAnew),
        ("why", "let_go") => (Word::FactWhy, Word::WhyLetGo),
        ("why", "not_let_in") => (Word::FactWhy, Word::WhyNotLetIn),
        ("why", "lost") => (Word::FactWhy, Word::WhyLost),
        ("why", "session_ended") => (Word::FactWhy, Word::WhySessionEnded),
        ("why", "right_lost") => (Word::FactWhy, Word::WhyRightLost),
        ("why", "not_used") => (Word::FactWhy, Word::WhyNotUsed),
        ("why", "declined") => (Word::FactWhy, Word::WhyDeclined),
        _ => return None,
    })
}
