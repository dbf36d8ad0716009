//! Sessions across a restart: what is kept, and how they go on.

use super::Endpoint;
use super::api::{RESTORE_CSEQ_GAP, STORED_VERSION, SessionError, SessionId, StoredDialog};
use super::session::{Halves, Session, State};
use crate::io::{FlowId, Millis};

impl Endpoint {
    /// All that [`restore`](Self::restore) needs. `None` before the dialog is known: a caller's from the 2xx on, a callee's at once.
    #[must_use]
    pub fn snapshot(&self, session: SessionId) -> Option<StoredDialog> {
        let session = self.sessions.get(&session)?;
        Some(StoredDialog {
            version: STORED_VERSION,
            dialog: session.dialog.clone()?,
            is_caller: session.is_caller,
            session_id_local: session.halves.local().to_owned(),
            session_id_remote: session.halves.remote().to_owned(),
        })
    }

    /// Goes on with an established session, perhaps in another process. Without a flow it waits for
    /// [`set_flow`](Self::set_flow). The sequence number jumps by [`RESTORE_CSEQ_GAP`].
    ///
    /// # Errors
    /// [`SessionError::State`] for another version or a dialog that exists already, [`SessionError::Limit`].
    pub fn restore(&mut self, _now: Millis, flow: Option<FlowId>, stored: StoredDialog) -> Result<SessionId, SessionError> {
        let StoredDialog { version, mut dialog, is_caller, session_id_local, session_id_remote } = stored;
        let known = self.dialogs.get(&dialog.call_id, &dialog.local_tag).is_some();
        if version != STORED_VERSION || known {
            return Err(SessionError::State);
        }
        if self.sessions.len() >= self.config.max_sessions {
            return Err(SessionError::Limit);
        }
        let index = self.dialogs.key(&dialog.call_id, &dialog.local_tag);
        dialog.local_cseq = dialog.local_cseq.saturating_add(RESTORE_CSEQ_GAP);
        let id = SessionId(self.new_id());
        let flow = flow.filter(|f| self.flows.contains_key(f));
        let mut session = Session::new(flow, is_caller, State::Established, &session_id_local, index);
        session.halves = Halves::stored(&session_id_local, &session_id_remote);
        session.begin(dialog);
        self.dialogs.insert(index, id);
        self.sessions.insert(id, Box::new(session));
        Ok(id)
    }
}
