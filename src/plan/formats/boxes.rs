//! Boxes as a tree: which box stands under which.

use crate::plan::text::{Boxed, Line, Shape};

/// One box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BoxNode<'a> {
    /// Index of its line.
    pub at: usize,
    /// The box.
    pub boxed: Boxed<'a>,
    /// Index of the box it stands under.
    pub parent: Option<usize>,
    /// Whether other boxes stand under it.
    pub has_children: bool,
}

/// The boxes that `accept` takes, in order. A box stands under the last one that is indented less, as long as no heading
/// and nothing else at that one's indentation comes between.
pub(super) fn tree<'a>(lines: &[Line<'a>], accept: impl Fn(usize, &Line<'a>) -> Option<Boxed<'a>>) -> Vec<BoxNode<'a>> {
    let mut nodes: Vec<BoxNode<'a>> = Vec::new();
    // (indentation, index of the node)
    let mut open: Vec<(usize, usize)> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let accepted = accept(at, line);
        match line.shape {
            Shape::Blank | Shape::Comment => continue,
            Shape::Heading { .. } => open.clear(),
            // A line of text at the margin may be the rest of a hard-wrapped item.
            Shape::Code(_) | Shape::Text if accepted.is_none() => continue,
            _ => {
                while open.last().is_some_and(|(indent, _)| *indent >= line.indent) {
                    open.pop();
                }
            }
        }
        if let Some(boxed) = accepted {
            let parent = open.last().map(|(_, node)| *node);
            if let Some(parent) = parent {
                nodes[parent].has_children = true;
            }
            open.push((line.indent, nodes.len()));
            nodes.push(BoxNode { at, boxed, parent, has_children: false });
        }
    }
    nodes
}

/// Indices of the boxes above `node`, nearest first.
pub(super) fn ancestors<'n>(nodes: &'n [BoxNode<'_>], node: usize) -> impl Iterator<Item = usize> + 'n {
    std::iter::successors(nodes[node].parent, |&above| nodes[above].parent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::text::scan;

    #[test]
    fn boxes_nest_by_indentation() {
        let lines = scan(
            "- [ ] a\n  - [ ] a1\n    text\n\n      - [ ] a11\n  - [ ] a2\n- plain\n    - [ ] b\n- [ ] c\n## H\n  - [ ] d",
        );
        let nodes = tree(&lines, |_, line| line.boxed());
        let shown: Vec<_> = nodes.iter().map(|n| (n.boxed.text, n.parent, n.has_children)).collect();
        assert_eq!(
            shown,
            [
                ("a", None, true),
                ("a1", Some(0), true),
                ("a11", Some(1), false),
                ("a2", Some(0), false),
                ("b", None, false),
                ("c", None, false),
                ("d", None, false)
            ]
        );
        assert_eq!(ancestors(&nodes, 2).collect::<Vec<_>>(), [1, 0]);
    }
}
