//! Serving the parts of a bundle with units, so that no part takes a unit that another needs.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, VecDeque};

/// Most parts that a bundle may have.
pub(crate) const PARTS_MAX: usize = 20;

/// The parts that a unit matches: a bit for each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Parts(u32);

impl Parts {
    pub(crate) fn of(matching: impl Iterator<Item = usize>) -> Self {
        Self(matching.fold(0, |bits, part| bits | 1 << part))
    }

    pub(crate) fn is_none(self) -> bool {
        self.0 == 0
    }

    fn has(self, part: usize) -> bool {
        self.0 & (1 << part) != 0
    }
}

/// Which units serve which part, as far as it is decided: a matching that grows along augmenting paths, so a unit
/// that was taken stays, and only the part that it serves may change.
#[derive(Debug)]
pub(crate) struct Assignment {
    parts: Vec<Part>,
}

#[derive(Debug)]
struct Part {
    missing: u32,
    /// Units that serve it, by the parts that they could serve.
    serving: BTreeMap<Parts, u32>,
}

impl Assignment {
    /// Nothing is served yet; of each part so many units are needed.
    pub(crate) fn of(needed: impl Iterator<Item = u32>) -> Self {
        Self { parts: needed.map(|missing| Part { missing, serving: BTreeMap::new() }).collect() }
    }

    /// How many units are still missing.
    pub(crate) fn missing(&self) -> u32 {
        self.parts.iter().map(|part| part.missing).sum()
    }

    /// Takes as many of some units that match the same parts as can serve, and tells how many.
    pub(crate) fn serve(&mut self, matching: Parts, units: u32) -> u32 {
        let mut taken = 0;
        while taken < units {
            let served = self.serve_directly(matching, units - taken);
            let served = if served == 0 { u32::from(self.serve_by_moving(matching)) } else { served };
            if served == 0 {
                break;
            }
            taken += served;
        }
        taken
    }

    fn serve_directly(&mut self, matching: Parts, units: u32) -> u32 {
        let mut parts = self.parts.iter_mut().enumerate();
        let part = parts.find(|(at, part)| matching.has(*at) && part.missing > 0);
        part.map_or(0, |(_, part)| {
            let served = units.min(part.missing);
            part.missing -= served;
            *part.serving.entry(matching).or_default() += served;
            served
        })
    }

    /// Serves one unit by moving units from part to part until one lands where one is missing.
    fn serve_by_moving(&mut self, matching: Parts) -> bool {
        let Some(path) = self.path_from(matching) else { return false };
        let mut arriving = matching;
        for (part, leaving) in path {
            let Some(part) = self.parts.get_mut(part) else { return false };
            *part.serving.entry(arriving).or_default() += 1;
            match leaving {
                Some(leaving) => {
                    if let Some(units) = part.serving.get_mut(&leaving) {
                        *units -= 1;
                    }
                    part.serving.retain(|_, units| *units > 0);
                    arriving = leaving;
                }
                None => part.missing -= 1,
            }
        }
        true
    }

    /// The shortest way for a unit: the parts in turn, and which of the units serving each moves on to the next.
    fn path_from(&self, matching: Parts) -> Option<Vec<(usize, Option<Parts>)>> {
        let mut from: BTreeMap<usize, Option<(usize, Parts)>> = BTreeMap::new();
        let mut queue: VecDeque<usize> = (0..self.parts.len()).filter(|part| matching.has(*part)).collect();
        from.extend(queue.iter().map(|part| (*part, None)));
        while let Some(at) = queue.pop_front() {
            let part = self.parts.get(at)?;
            if part.missing > 0 {
                return Some(Self::way_to(at, &from));
            }
            for unit in part.serving.keys() {
                for next in (0..self.parts.len()).filter(|next| unit.has(*next)) {
                    if let Entry::Vacant(unseen) = from.entry(next) {
                        unseen.insert(Some((at, *unit)));
                        queue.push_back(next);
                    }
                }
            }
        }
        None
    }

    fn way_to(end: usize, from: &BTreeMap<usize, Option<(usize, Parts)>>) -> Vec<(usize, Option<Parts>)> {
        let mut path = vec![(end, None)];
        let mut at = end;
        while let Some(Some((before, unit))) = from.get(&at) {
            path.push((*before, Some(*unit)));
            at = *before;
        }
        path.reverse();
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(matching: &[usize]) -> Parts {
        Parts::of(matching.iter().copied())
    }

    #[test]
    fn a_general_part_gives_up_a_unit_that_a_special_one_needs() {
        let mut assignment = Assignment::of([1, 1].into_iter());
        assert_eq!(assignment.serve(parts(&[0, 1]), 1), 1, "serves the first part for now");
        assert_eq!(assignment.serve(parts(&[0]), 1), 1, "takes its place");
        assert_eq!(assignment.missing(), 0);
    }

    #[test]
    fn units_move_along_as_many_parts_as_needed() {
        let mut assignment = Assignment::of([1, 1, 1].into_iter());
        assert_eq!(assignment.serve(parts(&[0, 1]), 1), 1);
        assert_eq!(assignment.serve(parts(&[1, 2]), 1), 1);
        assert_eq!(assignment.serve(parts(&[0]), 5), 1, "one more of the first kind, and no second");
        assert_eq!(assignment.missing(), 0);
    }

    #[test]
    fn what_no_part_needs_is_left() {
        let mut assignment = Assignment::of([2].into_iter());
        assert_eq!((assignment.serve(parts(&[0]), 5), assignment.serve(parts(&[0]), 1)), (2, 0));
    }
}
