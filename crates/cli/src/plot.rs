//! The plot of `compare`: time to load, time to read and heap bytes, each as bars side by side, as SVG.

use crate::compare::Measured;
use crate::report::plural;
use anyhow::Result;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

const SIZE: (u32, u32) = (1140, 420);
const FONT: &str = "sans-serif";
/// Colours that are told apart by the colour-blind, too (Okabe and Ito).
const COLOURS: [RGBColor; 4] =
    [RGBColor(0, 114, 178), RGBColor(230, 159, 0), RGBColor(0, 158, 115), RGBColor(204, 121, 167)];

/// Some quantities of each backend, drawn in one panel.
struct Panel<'a> {
    title: &'a str,
    /// Whether the parts add up, and so are drawn on top of each other instead of side by side.
    stacked: bool,
    parts: &'a [&'a str],
    /// For each backend, for each part.
    values: Vec<Vec<f64>>,
}

/// Draws the plot.
pub(crate) fn draw(measured: &[Measured], updates: usize, lookups: usize) -> Result<String> {
    let mut svg = String::new();
    let names: Vec<&str> = measured.iter().map(|m| m.backend.name()).collect();
    let values = |of: &dyn Fn(&Measured) -> Vec<f64>| measured.iter().map(of).collect();
    let ms = |time: std::time::Duration| time.as_secs_f64() * 1e3;
    let mib = |bytes: usize| bytes as f64 / f64::from(1 << 20);
    let lookup = plural(lookups as u64, "lookup", "lookups");
    let panels = [
        Panel {
            title: "Time to load [ms]",
            stacked: true,
            parts: &["push", "seal", "insert", "merge"],
            values: values(&|m| {
                vec![ms(m.stages.push), ms(m.stages.seal), ms(m.stages.insert), ms(m.stages.merge)]
            }),
        },
        Panel {
            title: "Time to read [ms]",
            stacked: false,
            parts: &["scan", &lookup],
            values: values(&|m| vec![ms(m.scan), ms(m.lookup)]),
        },
        Panel {
            title: "Heap [MiB]",
            stacked: false,
            parts: &["at peak", "held"],
            values: values(&|m| vec![mib(m.bytes_peak), mib(m.bytes_held)]),
        },
    ];
    {
        let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        root.fill(&WHITE)?;
        let title = format!("{}, by backend", plural(updates as u64, "update", "updates"));
        let root = root.titled(&title, (FONT, 20))?;
        for (panel, area) in panels.iter().zip(root.split_evenly((1, panels.len()))) {
            draw_panel(panel, &names, &area)?;
        }
        root.present()?;
    }
    Ok(svg)
}

fn draw_panel(panel: &Panel<'_>, names: &[&str], area: &DrawingArea<SVGBackend<'_>, Shift>) -> Result<()> {
    let heights = panel.values.iter().map(|parts| match panel.stacked {
        true => parts.iter().sum(),
        false => parts.iter().copied().fold(0.0, f64::max),
    });
    let highest = heights.fold(0.0, f64::max).max(f64::MIN_POSITIVE);
    let mut chart = ChartBuilder::on(area)
        .caption(panel.title, (FONT, 16))
        .margin(10)
        .x_label_area_size(30)
        .y_label_area_size(60)
        // Room above the bars for the legend.
        .build_cartesian_2d(0.0..names.len() as f64, 0.0..highest * 1.35)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .x_labels(0)
        .light_line_style(TRANSPARENT)
        .y_labels(8)
        .y_label_formatter(&|y| format!("{y}"))
        .draw()?;

    for (part, (name, colour)) in panel.parts.iter().zip(COLOURS).enumerate() {
        let bars = panel.values.iter().enumerate().map(|(backend, values)| {
            let (left, width, bottom) = match panel.stacked {
                true => (0.2, 0.6, values[..part].iter().sum()),
                false => (0.1 + 0.8 * part as f64 / values.len() as f64, 0.8 / values.len() as f64, 0.0),
            };
            let left = backend as f64 + left;
            Rectangle::new([(left, bottom), (left + width, bottom + values[part])], colour.filled())
        });
        chart
            .draw_series(bars)?
            .label(*name)
            .legend(move |(x, y)| Rectangle::new([(x, y - 5), (x + 10, y + 5)], colour.filled()));
    }
    let style = TextStyle::from((FONT, 14)).pos(Pos::new(HPos::Center, VPos::Top));
    chart.draw_series(names.iter().enumerate().map(|(backend, name)| {
        EmptyElement::at((backend as f64 + 0.5, 0.0)) + Text::new((*name).to_owned(), (0, 8), style.clone())
    }))?;
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .margin(4)
        .label_font((FONT, 13))
        .background_style(WHITE)
        .draw()?;
    Ok(())
}

const TRANSPARENT: RGBAColor = RGBAColor(0, 0, 0, 0.0);
