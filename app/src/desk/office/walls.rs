//! Links to the wallboard for screens: those that there are, the one that was just made, and what came of a wish.

use wire::{Choice, ErrorCode, Secret, WALL_NAME_LIMIT, WallLink, WallList, WallWish};

use super::sessions::Asked;
use super::{Effect, Office};
use crate::desk::call::presentable;
use crate::desk::event::Failure;

/// What the page about links knows.
#[derive(Debug, Default)]
pub(super) struct Walls {
    list: Asked<WallList>,
    /// A link is being made.
    making: bool,
    made: Option<MadeView>,
    done: Option<WallDone>,
}

/// What became of the last wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WallDone {
    /// The link is revoked.
    Revoked,
    /// It had ended before.
    Gone,
    /// There are too many links.
    TooMany,
    /// It was not done.
    Failed,
}

/// The page about links.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WallsView {
    /// The links, the newest first.
    pub rows: Vec<WallRow>,
    /// Queues that one may show.
    pub queues: Vec<Choice>,
    /// An answer is awaited.
    pub loading: bool,
    /// There was none.
    pub failed: bool,
    /// A link is being made.
    pub making: bool,
    /// The link that was just made.
    pub made: Option<MadeView>,
    /// What became of the last wish.
    pub done: Option<WallDone>,
}

/// A link that was just made. Nobody can show its address again.
#[derive(Clone, Debug, PartialEq)]
pub struct MadeView {
    /// What it is called.
    pub name: String,
    /// The address for the screen.
    pub address: Secret,
    /// Whether it was copied, once that was tried.
    pub copied: Option<bool>,
}

/// A link.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct WallRow {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// Names of its queues.
    pub queues: String,
    /// Name of whoever made it.
    pub by: String,
    /// When it ends, Unix milliseconds.
    pub until: i64,
    /// When a screen came with it last, Unix milliseconds.
    pub seen: Option<i64>,
    /// Screens that show it at this moment.
    pub screens: u32,
}

impl Office {
    pub(super) fn load_walls(&mut self) {
        (self.walls.list.loading, self.walls.list.failed) = (true, false);
        self.effects.push_back(Effect::LoadWalls);
    }

    pub(super) fn make_wall(&mut self, name: &str, queues: Vec<String>, days: u32) {
        let name: String = name.trim().chars().take(WALL_NAME_LIMIT).collect();
        if self.walls.making || name.is_empty() || queues.is_empty() {
            return;
        }
        (self.walls.making, self.walls.made) = (true, None);
        self.effects.push_back(Effect::MakeWall(WallWish { name, queues, days }));
    }

    /// The address was noted: it is not shown any longer than that.
    pub(super) fn put_wall_away(&mut self) {
        self.walls.made = None;
    }

    pub(super) fn copy_wall(&mut self) {
        if let Some(made) = &self.walls.made {
            self.effects.push_back(Effect::Copy(made.address.clone()));
        }
    }

    pub(super) fn copied(&mut self, copied: bool) {
        if let Some(made) = &mut self.walls.made {
            made.copied = Some(copied);
        }
    }

    pub(super) fn walls_came(&mut self, result: Result<WallList, Failure>) {
        self.walls.list.loading = false;
        match result {
            Ok(list) => self.take_walls(list),
            Err(failure) => {
                self.walls.list.failed = true;
                self.ended_by(&failure);
            }
        }
    }

    pub(super) fn wall_made(&mut self, result: Result<WallList, Failure>) {
        self.walls.making = false;
        match result {
            Ok(mut list) => {
                let name = list.links.first().map(|link| presentable(&link.name)).unwrap_or_default();
                self.walls.made = list.token.take().map(|token| {
                    let address = Secret::new(format!("{}/wall#{}", self.origin, token.expose()));
                    MadeView { name, address, copied: None }
                });
                self.take_walls(list);
            }
            Err(failure) => self.wall_refused(&failure),
        }
    }

    pub(super) fn wall_revoked(&mut self, result: Result<WallList, Failure>) {
        match result {
            Ok(list) => {
                self.walls.done = Some(WallDone::Revoked);
                self.take_walls(list);
            }
            Err(failure) => {
                self.wall_refused(&failure);
                self.load_walls();
            }
        }
    }

    pub(super) fn forget_wall_done(&mut self) {
        self.walls.done = None;
    }

    fn wall_refused(&mut self, failure: &Failure) {
        self.walls.done = Some(match (failure.code, failure.status) {
            (Some(ErrorCode::Unavailable), _) => WallDone::TooMany,
            (_, Some(404)) => WallDone::Gone,
            _ => WallDone::Failed,
        });
        self.ended_by(failure);
    }

    fn take_walls(&mut self, list: WallList) {
        (self.walls.list.list, self.walls.list.failed) = (Some(list), false);
    }

    /// The page about links.
    #[must_use]
    pub fn walls_view(&self) -> WallsView {
        let walls = &self.walls;
        let list = walls.list.list.as_ref();
        WallsView {
            rows: list.iter().flat_map(|list| &list.links).map(row).collect(),
            queues: list.map(|list| list.choices.clone()).unwrap_or_default(),
            loading: walls.list.loading,
            failed: walls.list.failed,
            making: walls.making,
            made: walls.made.clone(),
            done: walls.done,
        }
    }
}

fn row(link: &WallLink) -> WallRow {
    WallRow {
        id: link.id.clone(),
        name: presentable(&link.name),
        queues: link.queues.iter().map(|label| presentable(label)).collect::<Vec<_>>().join(", "),
        by: presentable(&link.by),
        until: link.expires_at,
        seen: link.used_at,
        screens: link.screens,
    }
}
