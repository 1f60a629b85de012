"""Product texts: attributes from the catalogue become the description that the shop shows."""

from typing import Literal

from brandtune.core.brand import Brand
from brandtune.core.examples import Example, Message
from brandtune.core.records import Product, Record
from brandtune.core.tasks.base import Task, make_example


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
        sheet = "\n".join(f"{name.replace('_', ' ')}: {value}" for name, value in facts.items() if value)
        messages = [
            Message(role="system", content=self.system_prompt(brand)),
            Message(role="user", content=sheet),
            Message(role="assistant", content=product.description.strip()),
        ]
        return [make_example(self, record, messages, groups=(f"product:{product.handle}",), facts=facts)]
