//! Tickets for sockets: a browser sends cookies along with any page's WebSocket, so a cookie proves nothing there. A ticket is
//! fetched by the signed-in page, is good once and for 30 seconds, and only its digest is kept.

use crate::directory::Person;
use crate::keys::{KeysError, new_token, token_digest};
use crate::walls::Link;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use wire::{Secret, Ticket, TicketPurpose, UnixMs};

/// How long a ticket is good.
pub const TICKET_MS: i64 = 30_000;
/// Tickets of one session that may wait to be used; one more ends the oldest.
const MAX_PER_SESSION: usize = 8;

/// Whom a ticket stands for.
#[derive(Debug, Clone)]
pub struct Holder {
    /// Who fetched it.
    pub person: Arc<Person>,
    /// Digest of the session's token.
    pub session: String,
    /// When the session ends.
    pub session_expires_at: UnixMs,
    /// It is no person but a screen with this link to the wallboard.
    pub link: Option<Arc<Link>>,
}

#[derive(Debug)]
struct Issued {
    holder: Holder,
    purpose: TicketPurpose,
    expires_at: UnixMs,
}

/// The tickets that were issued and not used.
#[derive(Debug, Default)]
pub struct Tickets(Mutex<HashMap<String, Issued>>);

impl Tickets {
    /// Issues a ticket.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn issue(&self, holder: Holder, purpose: TicketPurpose, now: UnixMs) -> Result<Ticket, KeysError> {
        let token = new_token()?;
        let expires_at = now + TICKET_MS;
        let mut issued = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        issued.retain(|_, ticket| ticket.expires_at > now);
        let mut own: Vec<_> =
            issued.iter().filter(|(_, t)| t.holder.session == holder.session).map(|(d, t)| (t.expires_at, d.clone())).collect();
        if own.len() >= MAX_PER_SESSION {
            own.sort();
            if let Some((_, oldest)) = own.first() {
                issued.remove(oldest);
            }
        }
        issued.insert(token_digest(&token), Issued { holder, purpose, expires_at });
        Ok(Ticket { ticket: Secret::new(token), expires_at })
    }

    /// Uses up a ticket. `None` for one that is unknown, used, too old or for another purpose.
    #[must_use]
    pub fn redeem(&self, ticket: &Secret, purpose: TicketPurpose, now: UnixMs) -> Option<Holder> {
        let mut issued = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let ticket = issued.remove(&token_digest(ticket.expose()))?;
        (ticket.expires_at > now && ticket.purpose == purpose).then_some(ticket.holder)
    }

    /// Ends the tickets of a session.
    pub fn end_session(&self, session: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, ticket| ticket.holder.session != session);
    }
}
