//! Matching of messages to transactions: RFC 3261 17.1.3 and 17.2.3.

use crate::codec::{Message, Method};

/// Key of the server transaction that a request belongs to. ACK and CANCEL find their INVITE with `Method::Invite`.
///
/// `None` when the request lacks what is needed; such a request is refused before.
pub(crate) fn server(request: &Message, method: &Method) -> Option<String> {
    let via = request.top_via().ok()?;
    let method = method.as_str();
    match via.branch() {
        // 17.2.3: the cookie alone (badbranch of RFC 4475) says nothing about uniqueness.
        Some(branch) if via.has_unique_branch() => Some([branch, " ", &via.sent_by().to_ascii_lowercase(), " ", method].concat()),
        // RFC 2543 peers: the To tag of an ACK is ours, so it is left out.
        Some(_) | None => {
            let from = request.from().ok()?;
            Some(format!(
                "2543 {} {} {} {} {} {method}",
                request.call_id().ok()?,
                from.tag().unwrap_or_default(),
                request.cseq().ok()?.number,
                via.sent_by(),
                request.uri()?
            ))
        }
    }
}

/// Key of the client transaction that a response belongs to: top branch and CSeq method.
pub(crate) fn client(response: &Message) -> Option<String> {
    let via = response.top_via().ok()?;
    let cseq = response.cseq().ok()?;
    Some(client_of(via.branch()?, &cseq.method))
}

/// Key of a client transaction of ours.
pub(crate) fn client_of(branch: &str, method: &Method) -> String {
    [branch, " ", method.as_str()].concat()
}

/// 8.2.2.2: what a merged request (the same one by another path) has in common with the first.
pub(crate) fn merged(request: &Message) -> Option<String> {
    let cseq = request.cseq().ok()?;
    Some(format!("{} {} {} {}", request.call_id().ok()?, request.from().ok()?.tag()?, cseq.number, cseq.method.as_str()))
}
