//! What a queue asks of an agent: skills with levels and a penalty of the membership, less and less as a caller waits.
//!
//! The rules only ever relax. So all that the queues need to know of an agent is the first step at which they may be rung: it is worked
//! out when the queues are configured, and a decision compares two numbers.

use std::collections::BTreeMap;

/// Levels of skills by their names.
pub type Levels = BTreeMap<String, u8>;

/// The highest level of a skill, and the highest penalty; the lowest level is 1. A skill that is not there counts 0.
pub const HIGHEST: u8 = 10;

/// What a queue asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demand {
    /// The least levels at first.
    pub skills: Levels,
    /// The highest penalty at first.
    pub max_penalty: u8,
    /// How that relaxes, the earliest first.
    pub relax: Vec<Relax>,
}

/// What counts from some time of waiting on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Relax {
    /// From when on, in milliseconds of waiting in the queue.
    pub after_ms: u64,
    /// Levels less than at first, of each skill.
    pub less: u8,
    /// The highest penalty.
    pub max_penalty: u8,
}

impl Default for Demand {
    fn default() -> Self {
        Demand { skills: Levels::new(), max_penalty: HIGHEST, relax: Vec::new() }
    }
}

impl Demand {
    /// The first step at which an agent may be rung: 0 is at once, *n* with the *n*-th relaxing. `None` for never.
    pub fn step_of(&self, skills: &Levels, penalty: u8) -> Option<usize> {
        let fits = |step: &usize| {
            let (less, max_penalty) = self.rules(*step);
            let able = |(skill, least): (&String, &u8)| skills.get(skill).copied().unwrap_or(0) >= least.saturating_sub(less);
            penalty <= max_penalty && self.skills.iter().all(able)
        };
        (0..self.steps()).find(fits)
    }

    /// How many steps there are, the first one included.
    pub fn steps(&self) -> usize {
        self.relax.len() + 1
    }

    /// The step of somebody who has waited so long.
    pub fn step_at(&self, waited_ms: u64) -> usize {
        self.relax.iter().take_while(|relax| relax.after_ms <= waited_ms).count()
    }

    /// When the step after this one begins, in milliseconds of waiting.
    pub fn next_ms(&self, step: usize) -> Option<u64> {
        self.relax.get(step).map(|relax| relax.after_ms)
    }

    /// The levels that are asked for at a step.
    pub fn needs(&self, step: usize) -> Levels {
        let (less, _) = self.rules(step);
        let least = self.skills.iter().map(|(skill, least)| (skill.clone(), least.saturating_sub(less)));
        least.filter(|(_, least)| *least > 0).collect()
    }

    /// Whether anybody may be rung in the end, whatever they know.
    pub fn ends_open(&self) -> bool {
        let last = self.steps() - 1;
        self.needs(last).is_empty() && self.rules(last).1 >= HIGHEST
    }

    fn rules(&self, step: usize) -> (u8, u8) {
        let relax = step.checked_sub(1).and_then(|at| self.relax.get(at));
        relax.map_or((0, self.max_penalty), |relax| (relax.less, relax.max_penalty))
    }
}

#[cfg(test)]
mod tests {
    use super::{Demand, HIGHEST, Levels, Relax};

    fn levels(of: &[(&str, u8)]) -> Levels {
        of.iter().map(|(skill, level)| ((*skill).to_owned(), *level)).collect()
    }

    fn german_5() -> Demand {
        let relax = vec![
            Relax { after_ms: 20_000, less: 1, max_penalty: 0 },
            Relax { after_ms: 40_000, less: 1, max_penalty: 3 },
            Relax { after_ms: 60_000, less: HIGHEST, max_penalty: HIGHEST },
        ];
        Demand { skills: levels(&[("german", 5)]), max_penalty: 0, relax }
    }

    #[test]
    fn the_first_step_is_the_one_at_which_level_and_penalty_are_both_enough() {
        let demand = german_5();
        for (level, penalty, step) in [(5, 0, 0), (9, 0, 0), (4, 0, 1), (5, 1, 2), (4, 3, 2), (4, 4, 3), (3, 0, 3), (0, 10, 3)] {
            assert_eq!(demand.step_of(&levels(&[("german", level), ("french", 9)]), penalty), Some(step), "{level} {penalty}");
        }
        assert_eq!(demand.step_of(&Levels::new(), 0), Some(3), "no German at all");
        assert_eq!(Demand::default().step_of(&Levels::new(), HIGHEST), Some(0), "without a demand everybody is asked at once");
        let never = Demand { relax: Vec::new(), ..german_5() };
        assert_eq!(never.step_of(&levels(&[("german", 4)]), 0), None);
    }

    #[test]
    fn a_step_begins_at_its_instant_and_says_what_is_still_asked() {
        let demand = german_5();
        let steps: Vec<usize> = [0, 19_999, 20_000, 59_999, 60_000, u64::MAX].map(|ms| demand.step_at(ms)).into();
        assert_eq!(steps, [0, 0, 1, 2, 3, 3]);
        assert_eq!((demand.next_ms(0), demand.next_ms(2), demand.next_ms(3)), (Some(20_000), Some(60_000), None));
        assert_eq!((demand.needs(0), demand.needs(2)), (levels(&[("german", 5)]), levels(&[("german", 4)])));
        assert_eq!(demand.needs(3), Levels::new());
        assert!(demand.ends_open());
        assert!(!Demand { relax: german_5().relax[..2].to_vec(), ..german_5() }.ends_open());
        assert!(!Demand { max_penalty: 9, ..Demand::default() }.ends_open());
    }
}
