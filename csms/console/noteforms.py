"""The form of a note of a station."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminFileFieldWidget

ACCEPTED = ".jpg,.jpeg,.png,.webp,.pdf,.txt,.csv,.log"


class NoteForm(forms.Form):
    text = forms.CharField(
        label="Note",
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"class": "c-textarea", "rows": 2}),
    )
    file = forms.FileField(
        label="Photo or document",
        max_length=200,
        required=False,
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ACCEPTED}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("text") and not cleaned.get("file") and not self.errors:
            raise forms.ValidationError("Write something, or choose a file.")
        return cleaned
