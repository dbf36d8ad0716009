//! `application/dialog-info+xml` (RFC 4235): the calls of somebody else.

use std::collections::BTreeMap;

use super::xml::Element;
use super::{Merged, body_is};
use crate::codec::Message;
use crate::io::DialogRef;

const SPACE: &str = "urn:ietf:params:xml:ns:dialog-info";
/// Calls of one person that are kept; further ones are left out.
pub const MAX_DIALOGS: usize = 64;

/// How far a watched call is (RFC 4235 3.7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DialogStage {
    /// Called, nothing heard yet.
    Trying,
    /// Under way without a dialog.
    Proceeding,
    /// Ringing.
    Early,
    /// Answered.
    Confirmed,
    /// Over.
    Terminated,
}

/// One end of a watched call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DialogParty {
    /// Address of the person.
    pub identity: Option<String>,
    /// Name to show; hostile text is possible.
    pub display: Option<String>,
    /// Where requests for this end go.
    pub target: Option<String>,
}

/// One watched call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchedDialog {
    /// Name of this call within the subscription.
    pub id: String,
    /// How far it is.
    pub stage: DialogStage,
    /// Whether the watched person made the call; `None`: not said.
    pub outgoing: Option<bool>,
    /// Call-ID, as far as the watched side tells it.
    pub call_id: Option<String>,
    /// Tag of the watched side.
    pub local_tag: Option<String>,
    /// Tag of the other side.
    pub remote_tag: Option<String>,
    /// The watched side.
    pub local: DialogParty,
    /// The other side.
    pub remote: DialogParty,
    /// Seconds since it began.
    pub duration: Option<u32>,
}

impl WatchedDialog {
    /// The dialog as its owner knows it, for [`Command::CallInto`](crate::io::Command::CallInto): picking up or joining.
    #[must_use]
    pub fn reference(&self) -> Option<DialogRef> {
        Some(DialogRef {
            call_id: self.call_id.as_deref()?.into(),
            to_tag: self.local_tag.as_deref()?.into(),
            from_tag: self.remote_tag.as_deref()?.into(),
            early_only: self.stage != DialogStage::Confirmed,
        })
    }
}

/// All calls of a watched person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DialogInfo {
    /// Whose calls they are.
    pub entity: String,
    /// In order of their names.
    pub dialogs: Vec<WatchedDialog>,
}

/// What is known of one person, and up to which version.
#[derive(Debug, Default)]
pub(super) struct Board {
    version: Option<u32>,
    entity: String,
    dialogs: BTreeMap<String, WatchedDialog>,
}

impl Board {
    /// 4.3: takes a document; calls that it says are over are shown once.
    pub(super) fn apply(&mut self, notify: &Message) -> Result<Merged<DialogInfo>, &'static str> {
        body_is(notify, "application/dialog-info+xml")?;
        let root = Element::parse(notify.body())?;
        if !root.is(SPACE, "dialog-info") {
            return Err("not a dialog-info");
        }
        let version: u32 = root.attribute("version").and_then(|v| v.parse().ok()).ok_or("no version")?;
        let full = match root.attribute("state") {
            Some("full") => true,
            Some("partial") => false,
            Some(_) | None => return Err("neither full nor partial"),
        };
        let entity = root.attribute("entity").ok_or("no entity")?;
        // Read before anything is changed: a document counts as a whole or not at all.
        let dialogs: Vec<WatchedDialog> = root.each("dialog").map(dialog).collect::<Result<_, _>>()?;
        match self.version {
            Some(last) if version <= last => return Ok(Merged::Old),
            Some(last) if !full && version > last.saturating_add(1) => return Ok(Merged::Gap),
            None if !full => return Ok(Merged::Gap),
            Some(_) | None => {}
        }
        self.version = Some(version);
        entity.clone_into(&mut self.entity);
        if full {
            self.dialogs.clear();
        }
        for dialog in dialogs {
            if self.dialogs.len() < MAX_DIALOGS || self.dialogs.contains_key(&dialog.id) {
                self.dialogs.insert(dialog.id.clone(), dialog);
            }
        }
        let told = DialogInfo { entity: self.entity.clone(), dialogs: self.dialogs.values().cloned().collect() };
        self.dialogs.retain(|_, dialog| dialog.stage != DialogStage::Terminated);
        Ok(Merged::New(told))
    }
}

fn dialog(element: &Element) -> Result<WatchedDialog, &'static str> {
    let stage = match element.child("state").and_then(Element::text) {
        Some("trying") => DialogStage::Trying,
        Some("proceeding") => DialogStage::Proceeding,
        Some("early") => DialogStage::Early,
        Some("confirmed") => DialogStage::Confirmed,
        Some("terminated") => DialogStage::Terminated,
        Some(_) | None => return Err("no state that is known"),
    };
    Ok(WatchedDialog {
        id: element.owned("id").ok_or("dialog without id")?,
        stage,
        outgoing: match element.attribute("direction") {
            Some("initiator") => Some(true),
            Some("recipient") => Some(false),
            Some(_) | None => None,
        },
        call_id: element.owned("call-id"),
        local_tag: element.owned("local-tag"),
        remote_tag: element.owned("remote-tag"),
        local: party(element.child("local")),
        remote: party(element.child("remote")),
        duration: element.text_of("duration").and_then(|seconds| seconds.parse().ok()),
    })
}

fn party(element: Option<&Element>) -> DialogParty {
    let identity = element.and_then(|e| e.child("identity"));
    DialogParty {
        identity: identity.and_then(Element::text).map(str::to_owned),
        display: identity.and_then(|i| i.owned("display")).or_else(|| identity.and_then(|i| i.owned("display-name"))),
        target: element.and_then(|e| e.child("target")).and_then(|t| t.owned("uri")),
    }
}
