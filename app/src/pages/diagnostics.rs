//! What the desk knows about its own connections, for whoever helps.

use leptos::prelude::*;

use crate::components::kit::{Badge, Button, Each, Glyph, Tone, When, clock_text, memo, react, say};
use crate::components::shell::{Frame, Title};
use crate::components::words;
use crate::desk::CallKey;
use crate::desk::action::Action;
use crate::desk::view::diagnostics::{CallSample, DiagnosticsView};
use crate::i18n::{I18n, Key};
use crate::store::{Dispatch, Stores};

/// The page.
#[component]
pub fn Diagnostics() -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let dispatch = Dispatch::use_context();
    react(move || dispatch.send(Action::WatchDiagnostics(true)));
    on_cleanup(move || dispatch.send(Action::WatchDiagnostics(false)));
    let view = stores.diagnostics;
    let calls = view.memo(|view| view.calls.iter().map(|call| call.call).collect::<Vec<CallKey>>());
    view! {
        <Title page=Key::DiagTitle/>
        <Frame title=Key::DiagTitle>
            <div class="sheet">
                <p class="soft">{t.of(Key::DiagLead)}</p>
                <div class="diag-grid">
                    <section class="group" aria-labelledby="diag-link">
                        <h2 id="diag-link">{t.of(Key::DiagLink)}</h2>
                        <LinkFacts/>
                    </section>
                    <section class="group" aria-labelledby="diag-media">
                        <h2 id="diag-media">{t.of(Key::DiagMedia)}</h2>
                        <Each each=move || calls.get() key=|call| *call let:call>
                            <CallFacts call/>
                        </Each>
                        <When when=move || calls.with(Vec::is_empty)>
                            <p class="faint">{t.of(Key::DiagNoCall)}</p>
                        </When>
                    </section>
                </div>
                <section class="group" aria-labelledby="diag-log">
                    <div class="row">
                        <h2 class="grow" id="diag-log">{t.of(Key::DiagLog)}</h2>
                        <Button
                            label=t.of(Key::DiagSave)
                            glyph=Glyph::Download
                            class="btn-sm"
                            press=Callback::new(move |()| dispatch.send(Action::DownloadRecording))
                        />
                    </div>
                    <LogRing/>
                </section>
            </div>
        </Frame>
    }
}

/// A term with its value; a missing value is a dash.
#[component]
fn Fact(term: Key, #[prop(into)] value: Signal<Option<String>>) -> impl IntoView {
    let t = I18n::use_context();
    view! {
        <div class="fact">
            <dt>{t.of(term)}</dt>
            <dd class="num"><bdi>{say(move || value.get().unwrap_or_else(|| "\u{2013}".to_owned()))}</bdi></dd>
        </div>
    }
}

/// Link, identity and versions.
#[component]
fn LinkFacts() -> impl IntoView {
    let t = I18n::use_context();
    let view = Stores::use_context().diagnostics;
    let fact = move |read: fn(&DiagnosticsView) -> Option<String>| view.memo(read);
    let link = view.memo(|view| words::link(&view.link));
    let feed = view.memo(|view| view.feed);
    let servers = view.memo(|view| (view.ice_servers.join(", "), view.relay_only));
    let ice = Signal::derive(move || {
        let (servers, relay_only) = servers.get();
        let servers = if servers.is_empty() { t.get(Key::DiagNone).to_owned() } else { servers };
        Some(if relay_only { format!("{servers} ({})", t.get(Key::DiagRelayOnly)) } else { servers })
    });
    view! {
        <dl class="facts">
            <div class="fact">
                <dt>{t.of(Key::DiagRegistration)}</dt>
                <dd><Badge label=move || t.get(link.get().0) tone=Signal::derive(move || link.get().1)/></dd>
            </div>
            <div class="fact">
                <dt>{t.of(Key::DiagFeed)}</dt>
                <dd>
                    <Badge
                        label=move || t.get(if feed.get() { Key::DiagUp } else { Key::DiagDown })
                        tone=Signal::derive(move || if feed.get() { Tone::Good } else { Tone::Bad })
                    />
                </dd>
            </div>
            <Fact term=Key::DiagUser value=fact(|view| view.identity.clone())/>
            <Fact term=Key::DiagSipUrl value=fact(|view| view.sip_url.clone())/>
            <Fact term=Key::DiagIceServers value=ice/>
            <Fact term=Key::DiagServer value=fact(|view| view.server_build.clone())/>
            <Fact term=Key::DiagBuild value=fact(|view| Some(view.build.clone()))/>
        </dl>
    }
}

/// Figures of one call.
#[component]
fn CallFacts(call: CallKey) -> impl IntoView {
    let view = Stores::use_context().diagnostics;
    let fact = move |read: fn(&CallSample) -> Option<String>| {
        memo(move || view.with(|view| view.calls.iter().find(|sample| sample.call == call).and_then(read)))
    };
    let name = fact(|sample| Some(sample.name.clone()));
    view! {
        <h3><bdi>{say(move || name.get().unwrap_or_default())}</bdi></h3>
        <dl class="facts">
            <Fact
                term=Key::DiagIce
                value=fact(|sample| {
                    let path = sample.path.as_ref().map_or(String::new(), |(ours, theirs)| format!(" ({ours} \u{2194} {theirs})"));
                    Some(format!("{}{path}", sample.ice))
                })
            />
            <Fact term=Key::DiagCodec value=fact(|sample| (!sample.codecs.is_empty()).then(|| sample.codecs.join(", ")))/>
            <Fact term=Key::DiagPackets value=fact(|sample| Some(format!("{} / {}", sample.received, sample.sent)))/>
            <Fact term=Key::DiagLoss value=fact(|sample| Some(sample.lost.to_string()))/>
            <Fact term=Key::DiagJitter value=fact(|sample| sample.jitter_ms.map(|ms| (ms * 10.0).round() as u64).map(|tenths| format!("{}.{} ms", tenths / 10, tenths % 10)))/>
            <Fact term=Key::DiagRtt value=fact(|sample| sample.round_trip_ms.map(|ms| format!("{} ms", ms.round() as u64)))/>
        </dl>
    }
}

/// The last lines of the log, newest first.
#[component]
fn LogRing() -> impl IntoView {
    let t = I18n::use_context();
    let log = Stores::use_context().diagnostics.memo(|view| view.log.clone());
    view! {
        <When
            when=move || !log.with(Vec::is_empty)
            fallback=move || view! { <p class="faint">{t.of(Key::DiagLogNone)}</p> }
        >
            <ol class="log mono" tabindex="0" aria-label=t.of(Key::DiagLog)>
                {move || {
                    log.get()
                        .into_iter()
                        .rev()
                        .map(|line| view! {
                            <li><span class="log-at">{clock_text(line.at / 1000)}</span><bdi>{line.text}</bdi></li>
                        })
                        .collect_view()
                }}
            </ol>
        </When>
    }
}
