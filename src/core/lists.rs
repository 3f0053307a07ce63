//! Doubly linked lists threaded through the records of a table: each record is in at
//! most one list, and leaving it is one step, wherever it stands.

/// No record.
pub const NONE: u32 = u32::MAX;

/// In no list.
const NO_LIST: u16 = u16::MAX;

/// A record's place: its list and its neighbours there.
#[derive(Clone, Copy, Debug)]
pub struct Link {
    next: u32,
    prev: u32,
    list: u16,
}

impl Link {
    /// In no list.
    pub const FREE: Link = Link { next: NONE, prev: NONE, list: NO_LIST };

    /// In no list, but remembering another record: a chain of those that are free.
    pub fn free_before(next: u32) -> Link {
        Link { next, ..Link::FREE }
    }

    /// What was remembered.
    pub fn next_free(&self) -> u32 {
        self.next
    }

    /// The list that the record is in.
    pub fn list(&self) -> Option<usize> {
        if self.list == NO_LIST {
            None
        } else {
            Some(self.list as usize)
        }
    }
}

/// Where the links are kept.
pub trait Links {
    /// The link of record `id`.
    fn link(&mut self, id: u32) -> &mut Link;
}

/// `N` lists, each a ring with its first record known.
#[derive(Debug)]
pub struct Lists<const N: usize> {
    heads: [u32; N],
}

impl<const N: usize> Lists<N> {
    /// All empty.
    pub const fn new() -> Self {
        Lists { heads: [NONE; N] }
    }

    /// Whether a list has no record.
    pub fn is_empty(&self, list: usize) -> bool {
        self.heads[list] == NONE
    }

    /// The first record of a list.
    pub fn first(&self, list: usize) -> Option<u32> {
        Some(self.heads[list]).filter(|&head| head != NONE)
    }

    /// Appends a record that is in no list.
    pub fn push(&mut self, links: &mut impl Links, list: usize, id: u32) {
        debug_assert!(links.link(id).list().is_none());
        let head = self.heads[list];
        let (next, prev) = if head == NONE {
            self.heads[list] = id;
            (id, id)
        } else {
            let tail = links.link(head).prev;
            links.link(tail).next = id;
            links.link(head).prev = id;
            (head, tail)
        };
        *links.link(id) = Link { next, prev, list: list as u16 };
    }

    /// Takes the first record out.
    pub fn pop(&mut self, links: &mut impl Links, list: usize) -> Option<u32> {
        let head = self.heads[list];
        if head == NONE {
            return None;
        }
        self.remove(links, head);
        Some(head)
    }

    /// Takes a record out of whatever list it is in, and tells which that was.
    pub fn remove(&mut self, links: &mut impl Links, id: u32) -> Option<usize> {
        let Link { next, prev, .. } = *links.link(id);
        let list = links.link(id).list()?;
        if next == id {
            self.heads[list] = NONE;
        } else {
            links.link(prev).next = next;
            links.link(next).prev = prev;
            if self.heads[list] == id {
                self.heads[list] = next;
            }
        }
        *links.link(id) = Link::FREE;
        Some(list)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    impl Links for Vec<Link> {
        fn link(&mut self, id: u32) -> &mut Link {
            &mut self[id as usize]
        }
    }

    proptest! {
        #[test]
        fn lists_behave_like_queues(steps in prop::collection::vec((0usize..3, 0u32..20, any::<bool>()), 1..300)) {
            let mut links = vec![Link::FREE; 20];
            let mut lists = Lists::<3>::new();
            let mut model: Vec<Vec<u32>> = vec![Vec::new(); 3];
            for (list, id, pop) in steps {
                if pop {
                    let expected = if model[list].is_empty() { None } else { Some(model[list].remove(0)) };
                    prop_assert_eq!(lists.pop(&mut links, list), expected);
                } else {
                    let was = model.iter().position(|ids| ids.contains(&id));
                    prop_assert_eq!(lists.remove(&mut links, id), was);
                    model.iter_mut().for_each(|ids| ids.retain(|&other| other != id));
                    lists.push(&mut links, list, id);
                    model[list].push(id);
                }
                for (list, ids) in model.iter().enumerate() {
                    prop_assert_eq!(lists.is_empty(list), ids.is_empty());
                }
            }
        }
    }
}
