"""The layouts of an e-mail: its frame, a button, a table of line items."""

from pathlib import Path

from activities.content.template_folder import TemplateFolder

layout = TemplateFolder(Path(__file__).parent).render
