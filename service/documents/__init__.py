"""Documents for borrowers as PDF: what a statement says goes in, bytes come out."""
