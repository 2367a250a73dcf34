//! The places that photographs show: simple, and still to be told at a glance.

use super::canvas::{At, Canvas, HEIGHT, Ink, WIDTH};
use super::{Drawing, Lot, strokes};

/// A place, and the words of a title that mean it.
pub(super) struct Place {
    pub(super) name: &'static str,
    words: &'static [&'static str],
    paint: fn(&mut Canvas, &mut Lot),
}

/// The first whose word occurs in the title is taken; the last one where none does.
pub(super) const PLACES: &[Place] = &[
    named(
        "cleared",
        &["清除后", "铲除后", "已清除", "恢复原状", "改正后"],
        cleared,
    ),
    named("office", &["办公室", "留置", "送达现场"], office),
    named("door", &["张贴", "门口"], door),
    named("well", &["井"], well),
    named("pipe", &["没有计量", "未装计量", "未安装"], bare_pipe),
    named("meter", &["水表", "计量", "流量计"], meter),
    named("solar", &["光伏"], solar),
    named("mine", &["煤矿", "排矸", "矸石"], mine),
    named("bridge", &["桥"], bridge),
    named(
        "spoil",
        &["弃渣", "弃土", "倾倒", "渣土", "垃圾", "堆"],
        spoil,
    ),
    named("sand", &["砂", "挖掘机"], sand),
    named("crops", &["作物", "玉米", "高秆", "高粱"], crops),
    named("pump", &["泵", "取水", "抽水", "洗煤"], pump),
    named("river", &[], river),
];

const fn named(
    name: &'static str,
    words: &'static [&'static str],
    paint: fn(&mut Canvas, &mut Lot),
) -> Place {
    Place { name, words, paint }
}

/// Which place the drawing shows; none where it is no photograph.
pub(super) fn place(what: &Drawing) -> Option<&'static Place> {
    let spoken_of = |place: &&Place| place.words.iter().any(|word| what.title.contains(word));
    let called = |name: &str| PLACES.iter().find(|place| place.name == name);
    match what.draw.as_str() {
        "photo" => PLACES.iter().find(spoken_of).or(PLACES.last()),
        // A picture of a meter that is not there shows the pipe.
        "meter" => called("pipe")
            .filter(|place| spoken_of(place))
            .or(called("meter")),
        name => called(name),
    }
}

pub(super) fn photo(what: &Drawing, place: &Place) -> Vec<u8> {
    let mut canvas = Canvas::new();
    let mut lot = Lot::of(what.seed, &what.title);
    (place.paint)(&mut canvas, &mut lot);
    canvas.grain(&mut lot);
    canvas.made_up();
    if let Some(stamp) = strokes::stamp(&what.lines) {
        canvas.stamp(&stamp);
    }
    canvas.png()
}

#[expect(clippy::cast_precision_loss, reason = "a thousand dots")]
const W: f32 = WIDTH as f32;
#[expect(clippy::cast_precision_loss, reason = "a thousand dots")]
const H: f32 = HEIGHT as f32;

const STEEL: Ink = [118, 126, 132];
const DARK: Ink = [44, 46, 48];
const CONCRETE: Ink = [176, 174, 168];

/// Numbers from 0, as places on a line.
fn steps(count: u8) -> impl Iterator<Item = f32> {
    (0..count).map(f32::from)
}

fn box_of((x, y): At, (width, height): At) -> [At; 4] {
    [
        (x, y),
        (x + width, y),
        (x + width, y + height),
        (x, y + height),
    ]
}

/// From one side of the picture to the other, up and down around a height, and everything below.
fn ridge(lot: &mut Lot, around: f32, by: f32, count: u8) -> Vec<At> {
    let last = f32::from(count.max(2) - 1);
    let mut points: Vec<At> = steps(count.max(2))
        .map(|step| (W * step / last, around + lot.between(-by, by)))
        .collect();
    points.push((W, H));
    points.push((0.0, H));
    points
}

/// A heap over a foot, with small unevenness.
fn heap(lot: &mut Lot, (middle, foot): At, (half, height): At) -> Vec<At> {
    let mut points = Vec::new();
    for step in steps(25) {
        let across = step / 12.0 - 1.0;
        let round = 1.0 - across.abs().powf(1.5);
        let uneven = lot.between(-0.03, 0.03) * height;
        points.push((
            middle + half * across,
            foot - height * round + uneven * round,
        ));
    }
    points
}

fn sky(canvas: &mut Canvas, lot: &mut Lot) {
    let grey = lot.between(0.0, 1.0) < 0.4;
    let (high, low) = match grey {
        true => ([168, 178, 186], [214, 216, 214]),
        false => ([112, 158, 206], [206, 222, 232]),
    };
    canvas.shade(&box_of((0.0, 0.0), (W, H * 0.6)), high, low);
    for _ in 0..4 {
        let (x, y) = (lot.between(0.0, W), lot.between(40.0, 260.0));
        for puff in steps(6) {
            let across = lot.between(70.0, 150.0);
            let cloud = (x + puff * 62.0, y + lot.between(-16.0, 16.0));
            let round: Vec<At> = steps(24)
                .map(|step| {
                    let turn = step / 24.0 * std::f32::consts::TAU;
                    (
                        cloud.0 + across * turn.cos(),
                        cloud.1 + across * 0.28 * turn.sin(),
                    )
                })
                .collect();
            canvas.veil(&round, [255, 255, 255], 0.16);
        }
    }
}

/// Sky, hills far away, and ground.
fn land(canvas: &mut Canvas, lot: &mut Lot, ground: [Ink; 2]) {
    sky(canvas, lot);
    canvas.shade(
        &ridge(lot, 370.0, 60.0, 9),
        [138, 158, 168],
        [168, 180, 178],
    );
    canvas.shade(
        &ridge(lot, 430.0, 34.0, 14),
        [104, 128, 104],
        [140, 150, 112],
    );
    canvas.shade(&ridge(lot, 500.0, 8.0, 20), ground[0], ground[1]);
}

/// Water from the right-hand distance to the left-hand foreground.
fn water(canvas: &mut Canvas, lot: &mut Lot, shore: f32) {
    let bed = [
        (W, 505.0),
        (W * 0.62, 520.0),
        (shore + 120.0, 660.0),
        (shore, H),
        (W, H),
    ];
    canvas.shade(&bed, [150, 172, 178], [96, 124, 130]);
    for _ in 0..60 {
        let y = lot.between(540.0, H - 10.0);
        let near = (y - 500.0) / (H - 500.0);
        let x = lot.between(shore + 220.0, W - 30.0);
        let length = 14.0 + 90.0 * near * lot.between(0.3, 1.0);
        canvas.line(
            &[(x, y), (x + length, y)],
            1.0 + 2.0 * near,
            [186, 204, 206],
        );
    }
}

fn grass(canvas: &mut Canvas, lot: &mut Lot, top: f32, left: f32, right: f32, count: u16) {
    for _ in 0..count {
        let (x, y) = (lot.between(left, right), lot.between(top, H));
        let near = (y - top) / (H - top);
        let height = 4.0 + 16.0 * near;
        let lean = lot.between(-4.0, 4.0);
        let green = match lot.between(0.0, 1.0) < 0.5 {
            true => [92, 116, 62],
            false => [134, 142, 84],
        };
        canvas.line(&[(x, y), (x + lean, y - height)], 1.0 + near, green);
    }
}

fn stones(canvas: &mut Canvas, lot: &mut Lot, (middle, foot): At, (half, height): At, count: u16) {
    for _ in 0..count {
        let across = lot.between(-0.8, 0.8);
        let most = height * (1.0 - across.abs().powf(1.5));
        let y = foot - lot.between(0.0, most.max(1.0) * 0.92);
        let size = lot.between(3.0, 13.0);
        let grey = lot.between(0.0, 1.0);
        let ink = match grey < 0.5 {
            true => [142, 130, 116],
            false => [92, 84, 76],
        };
        canvas.disc((middle + half * across, y), (size, size * 0.7), ink);
    }
}

fn river(canvas: &mut Canvas, lot: &mut Lot) {
    land(canvas, lot, [[136, 148, 96], [112, 120, 76]]);
    water(canvas, lot, 380.0);
    grass(canvas, lot, 520.0, 0.0, 470.0, 900);
}

fn well(canvas: &mut Canvas, lot: &mut Lot) {
    // A yard with a wall of bricks.
    canvas.shade(
        &box_of((0.0, 0.0), (W, 180.0)),
        [150, 180, 210],
        [206, 218, 226],
    );
    canvas.rect((0.0, 180.0), (W, 320.0), [158, 96, 74]);
    for row in steps(11) {
        let y = 180.0 + row * 29.0;
        canvas.line(&[(0.0, y), (W, y)], 2.0, [190, 172, 158]);
        let shift = if row.rem_euclid(2.0) < 0.5 { 0.0 } else { 42.0 };
        for column in steps(17) {
            let x = column * 84.0 - shift;
            canvas.line(&[(x, y), (x, y + 29.0)], 2.0, [190, 172, 158]);
        }
    }
    canvas.rect((0.0, 170.0), (W, 16.0), [196, 190, 180]);
    canvas.shade(
        &box_of((0.0, 500.0), (W, H - 500.0)),
        [170, 156, 132],
        [136, 120, 98],
    );
    for _ in 0..420 {
        let (x, y) = (lot.between(0.0, W), lot.between(510.0, H));
        canvas.disc((x, y), (lot.between(1.0, 4.0), 1.6), [112, 98, 80]);
    }
    // The ring of the well and its cover.
    let x = lot.between(560.0, 640.0);
    canvas.disc((x + 14.0, 830.0), (290.0, 60.0), [106, 94, 78]);
    canvas.rect((x - 240.0, 690.0), (480.0, 120.0), [158, 156, 150]);
    canvas.disc((x, 810.0), (240.0, 58.0), [158, 156, 150]);
    canvas.disc((x, 690.0), (240.0, 58.0), CONCRETE);
    canvas.disc((x, 690.0), (186.0, 42.0), [92, 92, 90]);
    canvas.disc((x, 686.0), (180.0, 40.0), STEEL);
    // The pipe: up, over a bend, and out of the picture.
    pipe(
        canvas,
        &[(x, 690.0), (x, 400.0), (x + 90.0, 350.0), (W, 350.0)],
        52.0,
    );
    for flange in [(x, 600.0), (x, 470.0)] {
        canvas.rect(
            (flange.0 - 48.0, flange.1 - 14.0),
            (96.0, 28.0),
            [74, 98, 120],
        );
    }
    for flange in [x + 250.0, x + 420.0] {
        canvas.rect((flange, 308.0), (26.0, 84.0), [74, 98, 120]);
        for bolt in steps(3) {
            canvas.disc((flange + 13.0, 322.0 + bolt * 28.0), (5.0, 5.0), DARK);
        }
    }
    // A valve with its wheel, and no meter behind it.
    canvas.rect((x + 320.0, 268.0), (18.0, 62.0), DARK);
    canvas.disc((x + 329.0, 262.0), (58.0, 16.0), [176, 40, 32]);
    canvas.disc((x + 329.0, 260.0), (38.0, 9.0), [120, 24, 20]);
    canvas.disc((x - 330.0, 880.0), (150.0, 24.0), [120, 126, 126]);
}

fn pipe(canvas: &mut Canvas, points: &[At], width: f32) {
    canvas.line(points, width, [58, 84, 108]);
    canvas.line(points, width * 0.8, [84, 120, 150]);
    let light: Vec<At> = points.iter().map(|(x, y)| (x - 8.0, y - 8.0)).collect();
    canvas.line(&light, width * 0.16, [158, 188, 208]);
}

/// A wall of concrete with a pipe of steel and two flanges.
fn piping(canvas: &mut Canvas, lot: &mut Lot) {
    canvas.shade(&box_of((0.0, 0.0), (W, H)), [142, 138, 130], [88, 84, 78]);
    for _ in 0..500 {
        let (x, y) = (lot.between(0.0, W), lot.between(0.0, H));
        canvas.disc((x, y), (lot.between(1.0, 5.0), 2.0), [118, 112, 104]);
    }
    pipe(canvas, &[(-40.0, 660.0), (W + 40.0, 660.0)], 150.0);
    for x in [270.0, 950.0] {
        canvas.rect((x, 540.0), (60.0, 240.0), [60, 82, 104]);
        for bolt in steps(4) {
            canvas.disc((x + 30.0, 570.0 + bolt * 60.0), (12.0, 12.0), DARK);
        }
    }
}

/// Where a meter should be.
fn bare_pipe(canvas: &mut Canvas, lot: &mut Lot) {
    piping(canvas, lot);
    for x in [470.0, 790.0] {
        canvas.rect((x, 570.0), (34.0, 180.0), [60, 82, 104]);
    }
    // A drop hangs from the joint, and the ground below is wet.
    let x = lot.between(560.0, 700.0);
    canvas.disc((x, 900.0), (170.0, 30.0), [74, 76, 74]);
    for drop in steps(4) {
        canvas.disc(
            (x + 3.0 * drop, 760.0 + drop * 34.0),
            (5.0, 9.0),
            [150, 178, 192],
        );
    }
    canvas.line(
        &[(180.0, 300.0), (220.0, 420.0), (210.0, 540.0)],
        9.0,
        [70, 70, 70],
    );
    canvas.disc((180.0, 292.0), (34.0, 34.0), [176, 40, 32]);
    canvas.disc((180.0, 292.0), (20.0, 20.0), [126, 122, 116]);
}

fn meter(canvas: &mut Canvas, lot: &mut Lot) {
    piping(canvas, lot);
    let middle = (640.0, 470.0);
    canvas.disc(
        (middle.0 + 10.0, middle.1 + 14.0),
        (310.0, 310.0),
        [54, 54, 52],
    );
    canvas.disc(middle, (306.0, 306.0), [66, 104, 152]);
    canvas.disc(middle, (262.0, 262.0), [238, 238, 232]);
    for mark in steps(60) {
        let turn = mark / 60.0 * std::f32::consts::TAU;
        let long = if mark.rem_euclid(5.0) < 0.5 {
            34.0
        } else {
            16.0
        };
        let at = |far: f32| (middle.0 + far * turn.cos(), middle.1 + far * turn.sin());
        canvas.line(&[at(250.0), at(250.0 - long)], 3.0, DARK);
    }
    // The counter, and a number that the seed makes.
    canvas.rect((430.0, 370.0), (420.0, 84.0), DARK);
    let reading = lot.between(10_000.0, 90_000.0);
    let digits = format!("{reading:07.0}");
    for (at, character) in (0_u8..).zip(digits.chars()) {
        let x = 440.0 + f32::from(at) * 58.0;
        canvas.rect((x, 380.0), (52.0, 64.0), [246, 246, 240]);
        for stroke in strokes::digit(character).into_iter().flatten() {
            let scaled: Vec<At> = stroke
                .iter()
                .map(|(across, down)| (x + 8.0 + across * 0.6, 386.0 + down * 0.52))
                .collect();
            canvas.line(&scaled, 5.0, [20, 20, 20]);
        }
    }
    let turn = lot.between(0.0, std::f32::consts::TAU);
    let small = (640.0, 590.0);
    canvas.disc(small, (78.0, 78.0), [226, 226, 218]);
    canvas.line(
        &[
            small,
            (small.0 + 62.0 * turn.cos(), small.1 + 62.0 * turn.sin()),
        ],
        7.0,
        [176, 32, 28],
    );
    canvas.disc(small, (10.0, 10.0), [176, 32, 28]);
    let shine = [
        (470.0, 250.0),
        (560.0, 222.0),
        (470.0, 600.0),
        (410.0, 560.0),
    ];
    canvas.veil(&shine, [255, 255, 255], 0.25);
}

fn spoil(canvas: &mut Canvas, lot: &mut Lot) {
    land(canvas, lot, [[136, 146, 98], [120, 116, 80]]);
    water(canvas, lot, 640.0);
    grass(canvas, lot, 540.0, 0.0, 420.0, 500);
    // Tracks of lorries lead to the heaps, which reach into the water.
    for track in [120.0, 210.0] {
        canvas.line(
            &[(track, H), (track + 150.0, 700.0), (track + 260.0, 600.0)],
            16.0,
            [126, 106, 82],
        );
    }
    for (middle, foot, half, height) in [
        (330.0, 640.0, 210.0, 130.0),
        (620.0, 720.0, 280.0, 210.0),
        (420.0, 820.0, 300.0, 190.0),
        (760.0, 860.0, 260.0, 160.0),
    ] {
        let (middle, height) = (
            middle + lot.between(-30.0, 30.0),
            height * lot.between(0.85, 1.15),
        );
        let body = heap(lot, (middle, foot), (half, height));
        canvas.shade(&body, [164, 140, 112], [112, 92, 72]);
        stones(canvas, lot, (middle, foot), (half, height), 90);
    }
    for _ in 0..9 {
        let (x, y) = (lot.between(340.0, 820.0), lot.between(700.0, 860.0));
        let slab = [
            (x, y),
            (x + 54.0, y - 22.0),
            (x + 70.0, y - 8.0),
            (x + 14.0, y + 18.0),
        ];
        canvas.fill(&slab, [184, 182, 176]);
    }
}

fn excavator(canvas: &mut Canvas, (x, y): At) {
    let yellow = [222, 164, 36];
    canvas.disc((x + 150.0, y + 74.0), (210.0, 20.0), [110, 98, 70]);
    // Tracks, body, cab.
    canvas.line(&[(x, y + 50.0), (x + 280.0, y + 50.0)], 54.0, DARK);
    for wheel in steps(5) {
        canvas.disc(
            (x + 8.0 + wheel * 66.0, y + 50.0),
            (19.0, 19.0),
            [92, 92, 90],
        );
    }
    canvas.fill(
        &[
            (x + 20.0, y + 16.0),
            (x + 24.0, y - 64.0),
            (x + 150.0, y - 70.0),
            (x + 280.0, y - 60.0),
            (x + 290.0, y + 16.0),
        ],
        yellow,
    );
    canvas.rect((x + 196.0, y - 50.0), (80.0, 40.0), [176, 124, 20]);
    canvas.fill(
        &[
            (x + 30.0, y - 60.0),
            (x + 44.0, y - 160.0),
            (x + 130.0, y - 160.0),
            (x + 142.0, y - 60.0),
        ],
        yellow,
    );
    canvas.fill(
        &[
            (x + 46.0, y - 76.0),
            (x + 56.0, y - 146.0),
            (x + 118.0, y - 146.0),
            (x + 126.0, y - 76.0),
        ],
        [150, 182, 196],
    );
    // Boom, arm, bucket.
    let boom = [
        (x + 20.0, y - 40.0),
        (x - 130.0, y - 210.0),
        (x - 250.0, y - 140.0),
    ];
    canvas.line(&boom, 34.0, [190, 136, 24]);
    canvas.line(&boom, 24.0, yellow);
    canvas.line(
        &[(x - 250.0, y - 140.0), (x - 290.0, y + 10.0)],
        24.0,
        yellow,
    );
    canvas.line(
        &[(x - 60.0, y - 120.0), (x - 150.0, y - 180.0)],
        9.0,
        [190, 190, 188],
    );
    canvas.fill(
        &[
            (x - 330.0, y + 4.0),
            (x - 262.0, y - 4.0),
            (x - 250.0, y + 50.0),
            (x - 300.0, y + 76.0),
            (x - 346.0, y + 44.0),
        ],
        [88, 84, 78],
    );
}

fn sand(canvas: &mut Canvas, lot: &mut Lot) {
    land(canvas, lot, [[190, 176, 136], [168, 150, 110]]);
    water(canvas, lot, 700.0);
    for (middle, foot, half, height) in [
        (220.0, 640.0, 240.0, 190.0),
        (520.0, 660.0, 220.0, 150.0),
        (200.0, 900.0, 380.0, 260.0),
    ] {
        let height = height * lot.between(0.85, 1.15);
        let body = heap(lot, (middle, foot), (half, height));
        canvas.shade(&body, [226, 204, 150], [178, 152, 102]);
        for _ in 0..60 {
            let across = lot.between(-0.9, 0.9);
            let most = height * (1.0 - across.abs().powf(1.5));
            let y = foot - lot.between(0.0, most.max(1.0));
            let x = middle + half * across;
            canvas.line(
                &[(x, y), (x + 16.0 * across.signum(), y + 8.0)],
                2.0,
                [196, 172, 122],
            );
        }
    }
    let x = lot.between(760.0, 860.0);
    excavator(canvas, (x, 730.0));
    // The pit that is left in the bed.
    canvas.disc((x - 310.0, 840.0), (150.0, 44.0), [128, 112, 84]);
    canvas.disc((x - 310.0, 848.0), (124.0, 32.0), [104, 126, 126]);
}

fn bridge(canvas: &mut Canvas, lot: &mut Lot) {
    land(canvas, lot, [[140, 146, 104], [122, 118, 84]]);
    let bed = [(0.0, 600.0), (W, 560.0), (W, 900.0), (0.0, 930.0)];
    canvas.shade(&bed, [150, 170, 176], [104, 130, 136]);
    for _ in 0..70 {
        let (x, y) = (lot.between(0.0, W), lot.between(620.0, 900.0));
        canvas.line(
            &[(x, y), (x + lot.between(20.0, 90.0), y)],
            2.0,
            [182, 200, 204],
        );
    }
    canvas.shade(&ridge(lot, 925.0, 8.0, 12), [142, 128, 92], [116, 104, 74]);
    // Piers, the last of them without its deck; half of the deck with its rails.
    let first = lot.between(90.0, 150.0);
    for pier in steps(4) {
        let x = first + pier * 290.0;
        let foot = 800.0 + pier * 8.0;
        canvas.rect((x - 44.0, foot - 20.0), (180.0, 46.0), [148, 146, 140]);
        canvas.shade(
            &box_of((x, 400.0), (92.0, foot - 400.0)),
            [196, 194, 188],
            [150, 148, 142],
        );
        canvas.rect((x + 68.0, 400.0), (24.0, foot - 400.0), [138, 136, 130]);
        canvas.rect((x - 40.0, 366.0), (172.0, 44.0), CONCRETE);
        for bar in steps(8) {
            let bar = x - 30.0 + bar * 22.0;
            canvas.line(&[(bar, 366.0), (bar + 2.0, 330.0)], 3.0, [142, 84, 52]);
        }
    }
    canvas.rect((0.0, 318.0), (first + 640.0, 50.0), [182, 180, 174]);
    canvas.rect((0.0, 356.0), (first + 640.0, 14.0), [132, 130, 124]);
    for post in steps(12) {
        let x = post * 62.0;
        if x < first + 620.0 {
            canvas.line(&[(x, 318.0), (x, 270.0)], 6.0, [200, 190, 60]);
        }
    }
    canvas.line(&[(0.0, 280.0), (first + 620.0, 280.0)], 5.0, [200, 190, 60]);
    // A crane.
    canvas.line(&[(1090.0, 560.0), (1090.0, 60.0)], 14.0, [206, 150, 40]);
    canvas.line(&[(1240.0, 96.0), (700.0, 96.0)], 10.0, [206, 150, 40]);
    canvas.line(&[(1090.0, 60.0), (720.0, 94.0)], 3.0, DARK);
    canvas.line(&[(790.0, 98.0), (790.0, 210.0)], 3.0, DARK);
    canvas.rect((760.0, 210.0), (64.0, 30.0), STEEL);
}

fn solar(canvas: &mut Canvas, lot: &mut Lot) {
    sky(canvas, lot);
    canvas.shade(
        &ridge(lot, 330.0, 50.0, 9),
        [140, 158, 164],
        [160, 172, 160],
    );
    let hill: Vec<At> = steps(30)
        .map(|step| {
            let across = step / 29.0;
            let up = (across * std::f32::consts::PI).sin() * 150.0;
            (W * across, 470.0 - up)
        })
        .chain([(W, H), (0.0, H)])
        .collect();
    canvas.shade(&hill, [132, 146, 92], [164, 140, 98]);
    // Ground laid bare, with gullies.
    for _ in 0..7 {
        let mut at = (lot.between(60.0, W - 60.0), lot.between(470.0, 560.0));
        let mut gully = vec![at];
        while at.1 < H {
            at = (
                at.0 + lot.between(-34.0, 34.0),
                at.1 + lot.between(40.0, 80.0),
            );
            gully.push(at);
        }
        canvas.line(&gully, 26.0, [186, 158, 112]);
        canvas.line(&gully, 9.0, [136, 108, 74]);
    }
    for row in steps(6) {
        let y = 430.0 + row * 84.0;
        let near = 0.5 + row * 0.14;
        let count: u8 = 12;
        for panel in steps(count) {
            let x = -60.0 + panel * 128.0 * near + row * 14.0 - row * 60.0;
            let curve =
                ((x / W).clamp(0.0, 1.0) * std::f32::consts::PI).sin() * 70.0 * (1.0 - row / 6.0);
            let (width, height) = (112.0 * near, 50.0 * near);
            let top = y - curve;
            let face = [
                (x + 16.0 * near, top),
                (x + width + 16.0 * near, top),
                (x + width, top + height),
                (x, top + height),
            ];
            canvas.line(
                &[
                    (x + width / 2.0, top + height),
                    (x + width / 2.0, top + height + 22.0 * near),
                ],
                5.0,
                STEEL,
            );
            canvas.shade(&face, [44, 66, 116], [26, 42, 84]);
            for cell in steps(5) {
                let across = width * (cell + 1.0) / 6.0;
                canvas.line(
                    &[(x + across + 16.0 * near, top), (x + across, top + height)],
                    1.2,
                    [136, 156, 190],
                );
            }
            canvas.line(
                &[
                    (x + 8.0 * near, top + height / 2.0),
                    (x + width + 8.0 * near, top + height / 2.0),
                ],
                1.2,
                [136, 156, 190],
            );
        }
    }
    grass(canvas, lot, 880.0, 0.0, W, 240);
}

fn mine(canvas: &mut Canvas, lot: &mut Lot) {
    land(canvas, lot, [[128, 122, 110], [98, 92, 84]]);
    // The tower over the shaft, with its wheel.
    let x = lot.between(280.0, 360.0);
    for leg in [(-110.0, -26.0), (110.0, 26.0)] {
        canvas.line(
            &[(x + leg.0, 640.0), (x + leg.1, 190.0)],
            18.0,
            [132, 62, 48],
        );
    }
    for level in steps(5) {
        let (y, half) = (260.0 + level * 88.0, 38.0 + level * 17.0);
        canvas.line(&[(x - half, y), (x + half, y)], 9.0, [132, 62, 48]);
        canvas.line(
            &[(x - half, y), (x + half + 17.0, y + 88.0)],
            5.0,
            [132, 62, 48],
        );
    }
    canvas.disc((x, 176.0), (58.0, 58.0), DARK);
    canvas.disc((x, 176.0), (44.0, 44.0), [196, 208, 214]);
    for spoke in steps(8) {
        let turn = spoke / 8.0 * std::f32::consts::TAU;
        canvas.line(
            &[
                (x, 176.0),
                (x + 50.0 * turn.cos(), 176.0 + 50.0 * turn.sin()),
            ],
            5.0,
            DARK,
        );
    }
    canvas.line(&[(x + 50.0, 180.0), (x + 420.0, 560.0)], 4.0, DARK);
    // Buildings, and the gallery of the conveyor.
    canvas.rect((x + 150.0, 470.0), (330.0, 180.0), [188, 184, 174]);
    canvas.fill(
        &[(x + 140.0, 472.0), (x + 320.0, 420.0), (x + 490.0, 472.0)],
        [112, 72, 62],
    );
    for window in steps(5) {
        canvas.rect(
            (x + 176.0 + window * 60.0, 520.0),
            (36.0, 46.0),
            [86, 104, 116],
        );
    }
    let gallery = [
        (x + 480.0, 540.0),
        (1120.0, 380.0),
        (1120.0, 430.0),
        (x + 480.0, 596.0),
    ];
    canvas.fill(&gallery, [150, 154, 156]);
    canvas.rect((1090.0, 360.0), (130.0, 250.0), [164, 166, 166]);
    // Waste rock without wall or ditch, and what the rain made of it.
    for (middle, foot, half, height) in [(920.0, 760.0, 330.0, 190.0), (520.0, 840.0, 420.0, 200.0)]
    {
        let body = heap(lot, (middle, foot), (half, height));
        canvas.shade(&body, [84, 80, 76], [48, 46, 44]);
        stones(canvas, lot, (middle, foot), (half, height), 120);
    }
    canvas.shade(&ridge(lot, 880.0, 14.0, 16), [120, 110, 96], [92, 86, 74]);
    let stream = [
        (120.0, 860.0),
        (420.0, 900.0),
        (760.0, 884.0),
        (1240.0, 930.0),
    ];
    canvas.line(&stream, 22.0, [58, 62, 62]);
    canvas.line(&stream, 9.0, [98, 106, 106]);
}

/// The channel of a river that is dry for most of the year, between its dikes.
fn channel(canvas: &mut Canvas, lot: &mut Lot) {
    sky(canvas, lot);
    canvas.shade(
        &ridge(lot, 380.0, 40.0, 9),
        [140, 158, 164],
        [160, 172, 150],
    );
    let dike = [(0.0, 430.0), (W, 400.0), (W, 470.0), (0.0, 530.0)];
    canvas.shade(&dike, [150, 158, 108], [118, 128, 82]);
    canvas.line(&[(0.0, 430.0), (W, 400.0)], 9.0, [196, 190, 174]);
    canvas.shade(&ridge(lot, 520.0, 6.0, 10), [176, 158, 118], [146, 126, 88]);
    canvas.line(
        &[(W, 500.0), (760.0, 548.0), (W, 640.0)],
        26.0,
        [130, 156, 162],
    );
}

fn crops(canvas: &mut Canvas, lot: &mut Lot) {
    channel(canvas, lot);
    for row in steps(9) {
        let near = 0.35 + row * 0.11;
        let foot = 590.0 + row * 44.0;
        let mut x = -20.0 + lot.between(0.0, 30.0);
        while x < W + 20.0 {
            let height = (150.0 + lot.between(-14.0, 22.0)) * near;
            let lean = lot.between(-6.0, 6.0);
            let top = (x + lean, foot - height);
            canvas.line(&[(x, foot), top], 2.0 + 3.0 * near, [112, 132, 56]);
            for leaf in steps(5) {
                let up = height * (0.25 + leaf * 0.15);
                let side = if leaf.rem_euclid(2.0) < 0.5 {
                    1.0
                } else {
                    -1.0
                };
                let out = 34.0 * near * side;
                let green = match lot.between(0.0, 1.0) < 0.5 {
                    true => [86, 128, 52],
                    false => [118, 150, 66],
                };
                let base = (x + lean * up / height, foot - up);
                canvas.line(
                    &[
                        base,
                        (base.0 + out * 0.6, base.1 - 16.0 * near),
                        (base.0 + out, base.1 + 8.0 * near),
                    ],
                    1.5 + 3.0 * near,
                    green,
                );
            }
            canvas.line(
                &[top, (top.0 + 3.0, top.1 - 20.0 * near)],
                2.0 + 2.0 * near,
                [196, 172, 92],
            );
            x += 34.0 * near + lot.between(4.0, 12.0);
        }
    }
}

fn cleared(canvas: &mut Canvas, lot: &mut Lot) {
    channel(canvas, lot);
    for row in steps(10) {
        let y = 580.0 + row * 40.0;
        let near = 0.3 + row * 0.1;
        canvas.line(&[(0.0, y), (W, y - 14.0)], 7.0 * near, [132, 110, 76]);
        let mut x = lot.between(0.0, 30.0);
        while x < W {
            let height = lot.between(6.0, 14.0) * near;
            canvas.line(
                &[(x, y), (x + 2.0, y - height)],
                3.0 * near,
                [198, 180, 118],
            );
            x += 30.0 * near + lot.between(6.0, 26.0);
        }
    }
    // What was cut lies in bundles beside the dike.
    for bundle in steps(5) {
        let (x, y) = (140.0 + bundle * 120.0, 566.0 + lot.between(-4.0, 4.0));
        canvas.disc((x, y), (52.0, 20.0), [150, 146, 84]);
        canvas.line(
            &[(x - 40.0, y - 6.0), (x + 44.0, y + 4.0)],
            4.0,
            [110, 112, 58],
        );
    }
}

fn door(canvas: &mut Canvas, lot: &mut Lot) {
    canvas.rect((0.0, 0.0), (W, H), [206, 198, 184]);
    for _ in 0..260 {
        let (x, y) = (lot.between(0.0, W), lot.between(0.0, H));
        canvas.disc((x, y), (lot.between(1.0, 6.0), 2.0), [194, 186, 170]);
    }
    canvas.rect((0.0, 820.0), (W, 140.0), [150, 146, 140]);
    // A double door of steel, closed.
    canvas.rect((300.0, 110.0), (700.0, 716.0), [70, 74, 78]);
    for leaf in [320.0, 654.0] {
        canvas.shade(
            &box_of((leaf, 130.0), (326.0, 690.0)),
            [126, 66, 52],
            [96, 48, 40],
        );
        for panel in [170.0, 480.0] {
            canvas.rect((leaf + 40.0, panel), (246.0, 280.0), [112, 58, 46]);
            canvas.rect((leaf + 52.0, panel + 12.0), (222.0, 256.0), [122, 64, 50]);
        }
    }
    canvas.line(&[(626.0, 470.0), (626.0, 560.0)], 12.0, [196, 178, 120]);
    canvas.line(&[(676.0, 470.0), (676.0, 560.0)], 12.0, [196, 178, 120]);
    // The paper on it, with its seal.
    let lean = lot.between(-10.0, 10.0);
    let sheet = [
        (710.0, 240.0),
        (920.0, 240.0 + lean),
        (916.0, 534.0 + lean),
        (706.0, 534.0),
    ];
    canvas.fill(
        &[
            (716.0, 248.0),
            (928.0, 250.0 + lean),
            (924.0, 544.0 + lean),
            (712.0, 544.0),
        ],
        [70, 36, 30],
    );
    canvas.fill(&sheet, [250, 249, 244]);
    canvas.line(
        &[(758.0, 272.0), (872.0, 272.0 + lean * 0.6)],
        9.0,
        [44, 44, 44],
    );
    for row in steps(8) {
        let y = 304.0 + row * 22.0;
        let end = lot.between(860.0, 896.0);
        canvas.line(&[(732.0, y), (end, y + lean * 0.8)], 4.0, [104, 104, 104]);
    }
    for step in steps(40) {
        let turn = step / 40.0 * std::f32::consts::TAU;
        let next = (step + 1.0) / 40.0 * std::f32::consts::TAU;
        let at = |turn: f32| (862.0 + 36.0 * turn.cos(), 492.0 + 36.0 * turn.sin());
        canvas.line(&[at(turn), at(next)], 4.0, [196, 36, 30]);
    }
    canvas.disc((862.0, 492.0), (10.0, 10.0), [196, 36, 30]);
    for tape in [(720.0, 232.0), (900.0, 236.0 + lean)] {
        canvas.veil(&box_of(tape, (34.0, 16.0)), [236, 226, 180], 0.8);
    }
}

fn office(canvas: &mut Canvas, lot: &mut Lot) {
    canvas.shade(
        &box_of((0.0, 0.0), (W, 640.0)),
        [226, 222, 210],
        [206, 200, 186],
    );
    canvas.shade(
        &box_of((0.0, 640.0), (W, 320.0)),
        [164, 150, 132],
        [132, 118, 102],
    );
    // A window with its blind, a cupboard with folders.
    canvas.rect((90.0, 90.0), (380.0, 330.0), [150, 150, 148]);
    canvas.shade(
        &box_of((104.0, 104.0), (352.0, 302.0)),
        [170, 200, 224],
        [214, 226, 230],
    );
    for slat in steps(9) {
        canvas.rect((104.0, 104.0 + slat * 17.0), (352.0, 6.0), [232, 230, 222]);
    }
    canvas.rect((820.0, 120.0), (360.0, 470.0), [134, 104, 76]);
    for shelf in steps(3) {
        canvas.rect((840.0, 140.0 + shelf * 150.0), (320.0, 130.0), [96, 74, 54]);
        let mut x = 848.0;
        while x < 1120.0 {
            let wide = lot.between(18.0, 34.0);
            let ink = match lot.between(0.0, 3.0) {
                far if far < 1.0 => [52, 84, 128],
                far if far < 2.0 => [150, 50, 44],
                _ => [190, 186, 176],
            };
            canvas.rect((x, 158.0 + shelf * 150.0), (wide, 110.0), ink);
            x += wide + 5.0;
        }
    }
    // The desk, and what was left on it.
    canvas.fill(
        &[(60.0, 700.0), (1180.0, 660.0), (W, 900.0), (-20.0, 930.0)],
        [150, 112, 74],
    );
    canvas.fill(
        &[(-20.0, 930.0), (W, 900.0), (W, H), (-20.0, H)],
        [112, 82, 54],
    );
    let x = lot.between(420.0, 560.0);
    let sheet = [
        (x, 744.0),
        (x + 250.0, 730.0),
        (x + 310.0, 852.0),
        (x + 20.0, 874.0),
    ];
    let under: Vec<At> = sheet.iter().map(|(x, y)| (x + 10.0, y + 9.0)).collect();
    canvas.fill(&under, [110, 80, 52]);
    canvas.fill(&sheet, [250, 249, 244]);
    for row in steps(6) {
        let y = 762.0 + row * 16.0;
        let from = x + 26.0 + row * 3.0;
        canvas.line(
            &[(from, y), (from + 200.0 + row * 6.0, y - 12.0)],
            3.0,
            [96, 96, 96],
        );
    }
    canvas.disc((x + 240.0, 824.0), (32.0, 16.0), [204, 66, 58]);
    canvas.disc((x + 240.0, 824.0), (26.0, 12.0), [250, 249, 244]);
    canvas.disc((x + 240.0, 824.0), (9.0, 5.0), [204, 66, 58]);
    // A cup, a telephone, an empty chair.
    canvas.disc((230.0, 800.0), (52.0, 16.0), [112, 82, 54]);
    canvas.rect((190.0, 730.0), (76.0, 66.0), [236, 236, 232]);
    canvas.disc((228.0, 730.0), (38.0, 11.0), [120, 84, 50]);
    canvas.fill(
        &[
            (940.0, 730.0),
            (1090.0, 722.0),
            (1110.0, 800.0),
            (930.0, 810.0),
        ],
        DARK,
    );
    canvas.line(&[(946.0, 722.0), (1086.0, 714.0)], 22.0, [28, 28, 30]);
    canvas.fill(
        &[
            (520.0, 420.0),
            (740.0, 420.0),
            (760.0, 668.0),
            (500.0, 676.0),
        ],
        [52, 50, 52],
    );
    canvas.fill(
        &[
            (536.0, 436.0),
            (724.0, 436.0),
            (740.0, 640.0),
            (520.0, 648.0),
        ],
        [72, 70, 72],
    );
}

fn pump(canvas: &mut Canvas, lot: &mut Lot) {
    land(canvas, lot, [[140, 146, 100], [122, 116, 80]]);
    water(canvas, lot, 560.0);
    grass(canvas, lot, 540.0, 0.0, 460.0, 420);
    canvas.disc((360.0, 850.0), (300.0, 30.0), [98, 92, 66]);
    for (at, x) in [(0.0, 160.0), (1.0, 400.0)] {
        let y = 770.0 + at * 16.0;
        canvas.rect((x - 20.0, y + 50.0), (230.0, 24.0), [96, 96, 94]);
        canvas.rect((x, y - 40.0), (130.0, 90.0), [48, 104, 92]);
        for rib in steps(8) {
            let rib = x + 10.0 + rib * 15.0;
            canvas.line(&[(rib, y - 34.0), (rib, y + 44.0)], 3.0, [34, 78, 70]);
        }
        canvas.disc((x + 166.0, y + 4.0), (58.0, 58.0), [40, 88, 78]);
        canvas.disc((x + 166.0, y + 4.0), (30.0, 30.0), [58, 118, 104]);
        pipe(
            canvas,
            &[
                (x + 210.0, y + 10.0),
                (x + 360.0, y - 20.0),
                (W * 0.66 + at * 90.0, 800.0 + at * 60.0),
            ],
            30.0,
        );
        pipe(
            canvas,
            &[
                (x + 166.0, y - 50.0),
                (x + 150.0, y - 190.0),
                (-40.0, y - 230.0),
            ],
            26.0,
        );
    }
}
