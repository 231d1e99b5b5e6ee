"""The README's picture: the digit model in the board's memory, drawn from its bench.

Run from the checkout: ``python book/picture.py`` writes ``book/_static/board.svg``.
"""

from __future__ import annotations

from pathlib import Path

from tinyml_course import boards, datasets, graph, report

PLACE = Path(__file__).parent / "_static" / "board.svg"
_WIDTH, _BAR = 720, 600


def _bar(y: int, name: str, parts: list[tuple[str, int, str]], whole: int) -> str:
    """One memory as a bar: its parts from the left, each at least a visible sliver."""
    used = sum(n for _, n, _ in parts)
    lines = [
        f'<text x="60" y="{y}">{name}: {used:,} of {whole:,} bytes '
        f"({100 * used / whole:.1f} %)</text>",
        f'<rect x="60" y="{y + 10}" width="{_BAR}" height="22" rx="4" fill="#e8e8e8"/>',
    ]
    x = 60.0
    for _, n, color in parts:
        width = max(_BAR * n / whole, 2.5)
        lines.append(
            f'<rect x="{x:.1f}" y="{y + 10}" width="{width:.1f}" height="22" '
            f'fill="{color}"/>'
        )
        x += width
    label = ", ".join(f"{title} {n:,}" for title, n, _ in parts)
    lines.append(f'<text x="60" y="{y + 50}" class="small">{label}</text>')
    return "\n".join(lines)


def picture() -> str:
    """The SVG, every number of it counted or estimated now."""
    path = datasets.model_path("digits_cnn")
    model, row, board = graph.read(path), report.bench(path), boards.get()
    code = row["flash_bytes"] - row["overhead_bytes"] - model.weight_bytes
    other = row["ram_bytes"] - row["arena_bytes"] - row["stack_bytes"]
    flash = [
        ("start-up", row["overhead_bytes"], "#767676"),
        ("code and tables", code, "#0072B2"),
        ("weights", model.weight_bytes, "#E69F00"),
    ]
    ram = [
        ("arena", row["arena_bytes"], "#009E73"),
        ("stack", row["stack_bytes"], "#CC79A7"),
        ("other", other, "#767676"),
    ]
    title = (
        f"A digit network on the board: {row['flash_bytes']:,} bytes of flash, "
        f"{row['ram_bytes']:,} bytes of RAM"
    )
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} 250" role="img" \
aria-labelledby="title">
<title id="title">{title}</title>
<style>text {{ font: 15px sans-serif; fill: #222 }} \
.small {{ font-size: 12.5px; fill: #555 }} .big {{ font-size: 18px }}</style>
<rect width="{_WIDTH}" height="250" rx="10" fill="#ffffff" stroke="#cccccc"/>
<text x="60" y="38" class="big">A network that reads digits, \
on a board with 256 KB of RAM</text>
{_bar(72, "Flash", flash, board.flash_bytes)}
{_bar(150, "RAM", ram, board.ram_bytes)}
<text x="60" y="230" class="small">One digit: {row["macs"]:,} multiply-accumulates, \
{row["instructions"]:,} instructions (counted), {row["latency_ms"]:.1f} ms \
(estimated).</text>
</svg>
"""


if __name__ == "__main__":
    PLACE.write_text(picture(), encoding="utf-8")
    print(f"{PLACE.name} written")
