"""Write the README's list of mappable fields from the contracts: `python infra/write_fields.py`."""

from pathlib import Path

from customer_chunks.contracts.entities import ENTITIES

BEGIN, END = "<!-- fields -->\n", "<!-- /fields -->"


def fields_table() -> str:
    """Return the Markdown table: a row per entity."""
    rows = ["| entity | fields |", "|---|---|"]
    for entity in ENTITIES.values():
        fields = ", ".join(f"**{f.name}**" if f.required else f.name for f in entity.fields)
        rows.append(f"| `{entity.name}` | {fields} |")
    return "\n".join(rows) + "\n"


def with_fields(text: str) -> str:
    """Return the README's text with the table as the contracts have it."""
    head, rest = text.split(BEGIN)
    return head + BEGIN + fields_table() + END + rest.split(END)[1]


if __name__ == "__main__":
    readme = Path(__file__).parent.parent / "README.md"
    readme.write_text(with_fields(readme.read_text(encoding="utf-8")), encoding="utf-8")
