//! Types shared by the app and the switchboard.
