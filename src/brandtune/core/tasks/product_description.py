"""Product texts: attributes from the catalogue become the description that the shop shows."""

from typing import Literal

from brandtune.core.brand import Brand
from brandtune.core.examples import Example
from brandtune.core.records import Product, Record
from brandtune.core.tasks import brief
from brandtune.core.tasks.base import Task, answered, asked, make_example


class ProductDescription(Task):
    """Descriptions from attributes."""

    kind: Literal["product_description"] = "product_description"
    """Which task."""

    def system_prompt(self, brand: Brand) -> str:
        return self._with_instructions(f"You write product descriptions for {brand.name}.")

    def examples(self, record: Record, brand: Brand) -> list[Example]:
        product = record.payload
        if not isinstance(product, Product) or not product.description.strip():
            return []
        facts = {"name": product.title, "type": product.type, **product.attributes}
        sheet = [f"{name.replace('_', ' ')}: {value}" for name, value in facts.items() if value]
        mention = brief.worked_back(product.description, given=sheet) if not _told(product) else ()
        if not _told(product) and len(sheet) + len(mention) <= brief.FEWEST_PIECES:
            return []
        sheet += brief.lines(mention=", ".join(mention))
        prompt = asked(self.system_prompt(brand), "\n".join(sheet))
        messages = answered(prompt, product.description.strip())
        return [make_example(self, record, messages, groups=(f"product:{product.handle}",), facts=facts)]

    def why_not(self, record: Record, brand: Brand) -> str:
        if not isinstance(record.payload, Product):
            return ""
        return brief.BARE if record.payload.description.strip() else "no description"


def _told(product: Product) -> bool:
    """Whether the catalogue says anything of its own; where it does, nothing needs to be worked back."""
    return any(product.attributes.values())
