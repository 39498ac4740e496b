//! Colours and type.

use std::sync::OnceLock;

use plotters::style::{FontStyle, RGBColor, register_font};
use tt_record::{Problem, ProblemKind};

pub(super) const FONT: &str = "sans-serif";

pub(super) const PAPER: RGBColor = RGBColor(0xFF, 0xFF, 0xFF);
pub(super) const INK: RGBColor = RGBColor(0x1F, 0x23, 0x28);
pub(super) const FAINT: RGBColor = RGBColor(0x59, 0x63, 0x6E);
pub(super) const GRID: RGBColor = RGBColor(0xD1, 0xD9, 0xE0);
pub(super) const OURS: RGBColor = RGBColor(0x09, 0x69, 0xDA);
pub(super) const OTHERS: RGBColor = RGBColor(0xA0, 0xAA, 0xB4);
pub(super) const LIMIT: RGBColor = RGBColor(0xBC, 0x4C, 0x00);

/// Of lines that stand for different things.
pub(super) const SERIES: [RGBColor; 7] = [
    OURS,
    LIMIT,
    RGBColor(0x1A, 0x7F, 0x37),
    RGBColor(0x82, 0x50, 0xDF),
    RGBColor(0xBF, 0x39, 0x89),
    RGBColor(0x9A, 0x67, 0x00),
    FAINT,
];

/// What each colour becomes on a dark page.
const DARK: [(RGBColor, &str); 11] = [
    (PAPER, "#0D1117"),
    (INK, "#E6EDF3"),
    (FAINT, "#9198A1"),
    (GRID, "#3D444D"),
    (OURS, "#4493F8"),
    (OTHERS, "#656C76"),
    (LIMIT, "#F0883E"),
    (SERIES[2], "#3FB950"),
    (SERIES[3], "#AB7DF8"),
    (SERIES[4], "#DB61A2"),
    (SERIES[5], "#D29922"),
];

/// Makes the fonts known that text is measured and, in a PNG, drawn with: the machine may have none.
pub(super) fn register_fonts() -> Result<(), Problem> {
    static DONE: OnceLock<bool> = OnceLock::new();
    let done = DONE.get_or_init(|| {
        register_font(FONT, FontStyle::Normal, dejavu::sans::regular()).is_ok()
            && register_font(FONT, FontStyle::Bold, dejavu::sans::bold()).is_ok()
    });
    if *done { Ok(()) } else { Err(Problem::new(ProblemKind::Bug, "the fonts of charts can't be read")) }
}

/// Has a drawing follow the reader's choice of light or dark, and say what it is to those who can't see it.
pub(super) fn follow(svg: &str, title: &str) -> String {
    let rules: String = DARK
        .iter()
        .flat_map(|(RGBColor(red, green, blue), dark)| {
            let light = format!("#{red:02X}{green:02X}{blue:02X}");
            ["fill", "stroke"].map(|what| format!("[{what}=\"{light}\"]{{{what}:{dark}}}"))
        })
        .collect();
    let title = title.replace('&', "&amp;").replace('<', "&lt;");
    let head = format!(
        " role=\"img\">\n<title>{title}</title>\n\
         <style>@media screen and (prefers-color-scheme: dark){{{rules}}}</style>"
    );
    svg.replacen('>', &head, 1)
}
