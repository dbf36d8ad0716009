//! What notifications of a life say.

/// Packages, and a body for each.
pub(crate) const WATCHED: [(&str, &str, &str); 4] = [
    (
        "dialog",
        "application/dialog-info+xml",
        "<dialog-info xmlns='urn:ietf:params:xml:ns:dialog-info' version='3' state='partial' entity='sip:b'><dialog id='1'>\
         <state>early</state></dialog></dialog-info>",
    ),
    ("message-summary", "application/simple-message-summary", "Messages-Waiting: yes\r\nVoice-Message: 1/2 (0/0)\r\n"),
    (
        "presence",
        "application/pidf+xml",
        "<presence xmlns='urn:ietf:params:xml:ns:pidf' entity='sip:b'><tuple id='1'><status><basic>open</basic></status></tuple></presence>",
    ),
    (
        "conference",
        "application/conference-info+xml",
        "<conference-info xmlns='urn:ietf:params:xml:ns:conference-info' entity='sip:b'><users><user entity='sip:a'/></users>\
         </conference-info>",
    ),
];

/// States of a subscription.
pub(crate) const STATES: [&str; 4] =
    ["active;expires=60", "pending", "terminated;reason=deactivated", "terminated;reason=probation;retry-after=1"];
