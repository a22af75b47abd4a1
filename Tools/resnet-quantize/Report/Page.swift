/// The frame of the report: one file that needs nothing beside it, without scripts.
enum Page {
  static func html(title: String, _ sections: [HTML]) -> HTML {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
    <title>\(title)</title>
    <style>
    \(style)</style>
    </head>
    <body>
    <main>
    \(sections)</main>
    </body>
    </html>

    """
  }

  /// Blue, orange and green differ in lightness too, so that those who see no red or green tell them apart. Texts have a contrast
  /// of 7 and more, marks of 3 and more.
  private static let style: HTML = """
    :root {
      color-scheme: light dark;
      --page: #ffffff; --card: #f5f7f9; --text: #1b1f24; --muted: #4a5460; --grid: #d4dae0;
      --one: #0b5cad; --two: #d97706; --three: #0f766e; --faint: #cfe1f5; --warn: #8a3b00;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --page: #12161b; --card: #1c2229; --text: #e9edf1; --muted: #b3bdc7; --grid: #39424c;
        --one: #66b2ff; --two: #ffb454; --three: #0fb5a2; --faint: #1e3a58; --warn: #ffb98a;
      }
    }
    * { box-sizing: border-box; }
    body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
    main { max-width: 72rem; margin: 0 auto; padding: 1rem; }
    h1 { font-size: 1.7rem; line-height: 1.2; margin: 1rem 0 .25rem; overflow-wrap: anywhere; }
    h2 { font-size: 1.25rem; margin: 2.5rem 0 .5rem; border-bottom: 1px solid var(--grid); padding-bottom: .25rem; }
    h3 { font-size: 1rem; margin: 0 0 .25rem; overflow-wrap: anywhere; }
    p { margin: .5rem 0; max-width: 48rem; }
    .muted, figcaption, caption { color: var(--muted); }
    .scroll { overflow-x: auto; max-width: 100%; margin: .75rem 0; }
    .scroll:focus-visible, summary:focus-visible { outline: 2px solid var(--one); outline-offset: 2px; }
    .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem; margin: 1rem 0; }
    .tile { background: var(--card); border-radius: .5rem; padding: .75rem; margin: 0; }
    .tile dt { color: var(--muted); font-size: .875rem; }
    .tile dd { margin: 0; font-size: 1.25rem; font-weight: 600; }
    .grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(17rem, 100%), 1fr)); gap: .75rem; }
    .grid > figure, .card { background: var(--card); border-radius: .5rem; padding: .75rem; margin: 0; min-width: 0; }
    summary { margin: .75rem 0; cursor: pointer; }
    .grid svg { width: 100%; height: auto; display: block; }
    figcaption { font-size: .8125rem; }
    table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; }
    caption { text-align: left; padding-bottom: .25rem; }
    th, td { padding: .2rem .6rem; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--grid); }
    th:first-child { text-align: left; }
    tbody th { font-weight: 400; }
    ul.reasons { list-style: none; padding: 0; margin: .75rem 0; display: grid; gap: .75rem; }
    .reasons p { margin: .15rem 0; }
    .share { color: var(--warn); font-weight: 600; }
    .legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; font-size: .875rem; }
    .legend i { display: inline-block; width: .8rem; height: .8rem; margin-right: .4rem; border-radius: 2px; }
    .legend i.one { background: var(--one); } .legend i.two { background: var(--two); }
    .legend i.round { border-radius: 50%; } .legend i.diamond { transform: rotate(45deg) scale(.8); }
    .legend i.three { background: var(--three); } .legend i.faint { background: var(--faint); }
    .picture { display: grid; grid-template-columns: 1fr 1fr; gap: .5rem .75rem; }
    .picture img { grid-column: 1 / -1; width: 10rem; height: auto; border-radius: .25rem; }
    .picture ol { margin: 0; padding-left: 1.4rem; font-size: .875rem; }
    .picture div { min-width: 0; overflow-wrap: anywhere; }
    svg { display: block; font: 12px system-ui, sans-serif; }
    svg text { fill: var(--text); } svg text.muted { fill: var(--muted); }
    svg text.inside { fill: var(--page); font-size: 11px; pointer-events: none; }
    svg text.inside.two { fill: #12161b; }
    svg .grid { stroke: var(--grid); stroke-width: 1; }
    svg .one { fill: var(--one); } svg .two { fill: var(--two); } svg .three { fill: var(--three); }
    svg .faint { fill: var(--faint); }
    svg .edge { stroke: var(--page); stroke-width: 1; }
    svg .limit { stroke: var(--two); stroke-width: 2; stroke-dasharray: 4 3; }
    svg .link { stroke: var(--grid); stroke-width: 3; }
    svg .trace { fill: none; stroke: var(--two); stroke-width: 1.5; }

    """
}
