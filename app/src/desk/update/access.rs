//! The access log: a page of rows at a time, searched by the switchboard.

use wire::AccessPage;

use crate::desk::Desk;
use crate::desk::effect::Effect;
use crate::desk::event::Failure;

/// Letters of a search that the switchboard takes.
const FIND_LIMIT: usize = 200;

impl Desk {
    /// The newest rows that hold these words.
    pub(super) fn find_access(&mut self, find: &str) {
        self.state.access.find = find.trim().chars().take(FIND_LIMIT).collect();
        self.load_access(None);
    }

    pub(super) fn more_access(&mut self) {
        let before = self.state.access.next.clone();
        if before.is_some() && !self.state.access.loading {
            self.load_access(before);
        }
    }

    pub(super) fn access_loaded(&mut self, find: &str, before: Option<&str>, page: Result<AccessPage, Failure>) {
        let access = &mut self.state.access;
        if access.find != find {
            // Of a search that is over; the answer to the present one follows.
            return;
        }
        access.loading = false;
        match page {
            Ok(page) => {
                if before.is_none() {
                    access.rows.clear();
                }
                access.rows.extend(page.rows);
                (access.next, access.failed) = (page.next, false);
            }
            Err(failure) => {
                access.failed = true;
                if failure.signed_out() {
                    self.expire();
                }
            }
        }
    }

    fn load_access(&mut self, before: Option<String>) {
        self.state.access.loading = true;
        let find = self.state.access.find.clone();
        self.effect(Effect::LoadAccess { before, find });
    }
}
