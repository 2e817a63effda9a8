"""The files of the synthetic delivery; light, because the workflow reads it before it knows whether there is work."""

DELIVERY_FILES: tuple[str, ...] = (
    "ad_activiteiten.csv", "arbeidsdeskundigen_limesurvey.csv", "arbodienst_diagnoses.csv", "arbodienst_fml.csv",
    "interviewthemas.csv", "kosten.csv", "noord_hersteld.csv",
    "noord_medewerkers.csv", "noord_verzuim_2021.csv", "noord_verzuim_2022.csv", "oost_ao.parquet",
    "oost_medewerkers.parquet", "oost_verzuim.parquet", "sources.yaml", "toewijzing.xlsx", "west_ao.csv",
    "west_mutaties.csv", "west_personeel.csv", "werknemers_qualtrics.csv", "zuid.xlsx",
)  # fmt: skip
