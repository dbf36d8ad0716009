//! What a user of the office can ask for, beyond what every page has.

use wire::Secret;

use super::{audit, reports};

/// One wish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Something of the page of the audit log.
    Audit(audit::Wish),
    /// Something of the page of the reports.
    Reports(reports::Wish),
    /// Show the sessions whose person or address holds these letters.
    FindSessions {
        /// The letters; empty for all.
        find: String,
    },
    /// Look at the next page of them.
    MoreSessions,
    /// End one session.
    EndSession {
        /// Its id.
        id: String,
    },
    /// End all sessions of a person but this one.
    EndSessions {
        /// Id of the person; nobody's for one's own.
        person: Option<String>,
    },
    /// Set another password for oneself.
    ChangePassword {
        /// The one of now.
        present: Secret,
        /// The one from now on.
        new: Secret,
    },
    /// Nobody thinks of another password any more.
    ForgetPassword,
    /// Show who is locked out.
    LoadLockouts,
    /// Lift a lock-out.
    LiftLockout {
        /// Its id.
        id: String,
    },
    /// Show a call from its first event to its last.
    OpenCall {
        /// Session identifier of its contact.
        contact: String,
    },
    /// Nobody looks at it any more.
    CloseCall,
    /// Ask for it once more.
    CallAgain,
    /// Show the links to the wallboard.
    LoadWalls,
    /// Make one.
    MakeWall {
        /// What it is called.
        name: String,
        /// Names of the queues that it shows.
        queues: Vec<String>,
        /// Days until it ends.
        days: u32,
    },
    /// Revoke one.
    RevokeWall {
        /// Its id.
        id: String,
    },
    /// Copy the address of the one that was just made.
    CopyWall,
    /// The address of the one that was just made need not be shown any more.
    PutWallAway,
}
