//! Groups of peers that have a name, for `--peers`: which and why. The report says why where it is not all of them.

use crate::bars::{self, DAM};
use crate::series::REFERENCE;

/// Peers by name, all of them if there is none, and why these.
#[derive(Debug, Default, PartialEq)]
pub struct Chosen {
    pub peers: Vec<String>,
    pub why: String,
}

struct Group {
    name: &'static str,
    peers: fn() -> Vec<&'static str>,
    why: &'static str,
}

static GROUPS: &[Group] = &[
    Group { name: "bars", peers: bars::peers_with_bars, why: "every allocator that has a bar" },
    Group {
        name: "debian",
        peers: || DEBIAN.to_vec(),
        why: "what Debian ships and nobody has to build",
    },
    Group {
        name: "profiles",
        peers: || PROFILES.to_vec(),
        why: "DAM's profiles, and those that check as much as the hardened one, each also in its default configuration",
    },
    Group {
        name: "fast",
        peers: || FAST.to_vec(),
        why: "the fastest of each family, for a curve is judged by the lowest of the others; the hardened ones are in \
              `make bench-full`",
    },
];

const DEBIAN: &[&str] = &["jemalloc-debian", "mimalloc-debian", "gperftools"];
const PROFILES: &[&str] =
    &["dam-fast", "dam-hardened", "scudo", "scudo-quarantine", "hardened-default"];
const FAST: &[&str] =
    &["mimalloc3", "mimalloc2", "snmalloc", "jemalloc", "tcmalloc", "gperftools", "rpmalloc"];

/// What `--peers` asks for, or else `default`: names of peers, or of a group. DAM and glibc take part in any case:
/// without the one there is nothing to compare with, without the other nothing to compare.
pub fn chosen(asked: &[String], default: &str) -> Chosen {
    let asked = match (asked, default) {
        ([], "") => return Chosen::default(),
        ([], default) => vec![default.to_string()],
        (some, _) => some.to_vec(),
    };
    let group = GROUPS.iter().find(|group| asked[..] == [group.name]);
    let mut peers = match group {
        Some(group) => (group.peers)().into_iter().map(String::from).collect(),
        None => asked,
    };
    for always in [DAM, REFERENCE] {
        if !peers.iter().any(|peer| peer == always) {
            peers.push(always.into());
        }
    }
    Chosen { peers, why: group.map_or(String::new(), |group| group.why.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peers;

    #[test]
    fn a_group_is_its_peers_and_the_two() {
        let found = chosen(&["debian".into()], "");
        let names = ["jemalloc-debian", "mimalloc-debian", "gperftools", "dam", "glibc"];
        assert_eq!(found.peers, names);
        assert!(!found.why.is_empty());
        assert_eq!(chosen(&[], "debian"), found);
        assert_eq!(chosen(&[], ""), Chosen::default());
        assert_eq!(
            chosen(&["scudo".into(), "dam".into()], "bars").peers,
            ["scudo", "dam", "glibc"]
        );
    }

    #[test]
    fn every_peer_of_a_group_exists() {
        for peer in GROUPS.iter().flat_map(|group| (group.peers)()) {
            assert!(peers::names().contains(&peer), "{peer}");
        }
    }
}
