//! Where boxes stand: a column for each layer, or, where that is wider than the page, rows of boxes below each other.

use super::picture::GraphPicture;
use crate::graph::TaskIx;

/// Width of a box.
pub(super) const BOX_WIDTH: u32 = 220;
/// Its height.
pub(super) const BOX_HEIGHT: u32 = 40;
/// Between the left edges of two columns.
const COLUMN: u32 = 300;
/// Between the left edges of two boxes in a row, where edges go downwards.
const NEXT: u32 = 240;
/// Between the upper edges of two boxes below each other.
const ROW: u32 = 56;
/// More than that between two layers, where edges go downwards.
const BAND: u32 = 24;
/// Around the drawing.
const MARGIN: u32 = 20;

/// A place of the drawing.
pub(super) type DrawnPoint = (u32, u32);

/// The places of all boxes.
#[derive(Debug)]
pub(super) struct GraphLayout {
    /// Upper left corner of each box, in the graph's order.
    places: Vec<DrawnPoint>,
    /// Whether layers follow each other downwards.
    pub is_down: bool,
    /// Width of the whole.
    pub width: u32,
    /// Height of the whole.
    pub height: u32,
}

impl GraphLayout {
    /// A column for each layer.
    pub fn in_columns(picture: &GraphPicture<'_>) -> GraphLayout {
        let mut rows = vec![0u32; picture.graph.layer_count() as usize + 1];
        let place = |ix: TaskIx| {
            let layer = picture.graph.layer(ix);
            let row = rows[layer as usize];
            rows[layer as usize] += 1;
            (MARGIN + (layer - 1) * COLUMN, MARGIN + row * ROW)
        };
        GraphLayout::of(picture.graph.all().map(place).collect(), false)
    }

    /// Rows of boxes, as many beside each other as `width` takes: a layer begins a row of its own.
    pub fn in_rows(picture: &GraphPicture<'_>, width: u32) -> GraphLayout {
        let beside = (width.saturating_sub(2 * MARGIN + BOX_WIDTH) / NEXT + 1) as usize;
        let mut layers = vec![Vec::new(); picture.graph.layer_count() as usize + 1];
        picture.graph.all().for_each(|ix| layers[picture.graph.layer(ix) as usize].push(ix));
        let mut places = vec![(MARGIN, MARGIN); picture.graph.len()];
        let mut y = MARGIN;
        for layer in layers.iter().filter(|layer| !layer.is_empty()) {
            for row in layer.chunks(beside) {
                row.iter().zip(0..).for_each(|(ix, n)| places[ix.index()] = (MARGIN + n * NEXT, y));
                y += ROW;
            }
            y += BAND;
        }
        GraphLayout::of(places, true)
    }

    /// Columns where they fit into `width`, else rows.
    pub fn within(picture: &GraphPicture<'_>, width: u32) -> GraphLayout {
        let columns = GraphLayout::in_columns(picture);
        if columns.width <= width { columns } else { GraphLayout::in_rows(picture, width) }
    }

    fn of(places: Vec<DrawnPoint>, is_down: bool) -> GraphLayout {
        let width = places.iter().map(|place| place.0).max().unwrap_or(0) + BOX_WIDTH + MARGIN;
        let height = places.iter().map(|place| place.1).max().unwrap_or(0) + BOX_HEIGHT + MARGIN;
        GraphLayout { places, is_down, width, height }
    }

    /// Upper left corner of a box.
    pub fn corner(&self, ix: TaskIx) -> DrawnPoint {
        self.places[ix.index()]
    }

    /// Where edges leave a box.
    pub fn way_out(&self, ix: TaskIx) -> DrawnPoint {
        let (x, y) = self.corner(ix);
        if self.is_down { (x + BOX_WIDTH / 2, y + BOX_HEIGHT) } else { (x + BOX_WIDTH, y + BOX_HEIGHT / 2) }
    }

    /// Where they reach it.
    pub fn way_in(&self, ix: TaskIx) -> DrawnPoint {
        let (x, y) = self.corner(ix);
        if self.is_down { (x + BOX_WIDTH / 2, y) } else { (x, y + BOX_HEIGHT / 2) }
    }
}
