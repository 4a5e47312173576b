"""What each act of the audit trail means to people. A new act gets its line here: a test finds those that have none."""

ACTS: dict[str, str] = {
    # Entering.
    "accept_terms": "Conditions d’utilisation acceptées",
    "attach_national_id": "Carte rattachée au compte",
    "change_password": "Mot de passe changé",
    "confirm_identity": "Identité confirmée pour un acte sensible",
    "end_other_sessions": "Autres sessions fermées",
    "end_session": "Session fermée",
    "follow_names": "Nom repris de la carte",
    "give_contact_address": "Adresse électronique donnée",
    "note_other_names": "Nom de la carte différent de celui du compte",
    "reset_password": "Nouveau mot de passe choisi par le lien reçu",
    "set_first_password": "Premier mot de passe choisi",
    "sign_in": "Connexion",
    "unlock_sign_in": "Connexion débloquée",
    "use_invitation": "Invitation utilisée",
    # Second factors and codes.
    "add_factor": "Second facteur ajouté",
    "make_break_glass_codes": "Codes de secours imprimés",
    "remove_all_factors": "Tous les seconds facteurs retirés",
    "remove_factor": "Second facteur retiré",
    "rename_passkey": "Clé d’accès renommée",
    "renew_recovery_codes": "Codes de récupération refaits",
    "revoke_break_glass_codes": "Codes de secours annulés",
    "use_break_glass_code": "Code de secours utilisé",
    # Accounts.
    "accept_request": "Demande de compte acceptée",
    "add_roles": "Rôles ajoutés",
    "ask_for_account": "Compte demandé",
    "attach_structure": "Structure rattachée au compte",
    "close_account": "Compte désactivé",
    "create_account": "Compte créé",
    "create_client": "Client machine créé",
    "detach_structure": "Structure détachée du compte",
    "edit_account": "Compte modifié",
    "export_access": "Liste des accès exportée",
    "export_accounts": "Comptes exportés",
    "import_accounts": "Comptes importés d’un fichier",
    "invite_account": "Invitation envoyée",
    "merge_accounts": "Comptes réunis",
    "purge_accounts_traces": "Traces anciennes des comptes effacées",
    "refuse_request": "Demande de compte refusée",
    "remove_roles": "Rôles retirés",
    "reopen_account": "Compte réactivé",
    "set_national_id": "Identifiant national changé",
    "warn_dormant_account": "Compte dormant averti",
    # Delegations.
    "accept_delegation": "Délégation acceptée",
    "confirm_delegation": "Délégation confirmée",
    "end_delegation": "Délégation terminée",
    "grant_role": "Rôle de délégataire donné",
    "move_delegation": "Date de fin de la délégation changée",
    "name_delegate": "Délégataire désigné",
    "prepare_delegation": "Délégation préparée",
    "remind_delegation": "Fin prochaine de la délégation annoncée",
    "remove_role": "Rôle de délégataire retiré",
    "resend_delegation": "Délégation proposée de nouveau par courriel",
    # Territorial organisations and editors' stages.
    "add_organisation_member": "Membre ajouté à une organisation territoriale",
    "change_editor_stage": "Étape d’un éditeur changée",
    "close_organisation": "Organisation territoriale fermée",
    "create_organisation": "Organisation territoriale créée",
    "change_organisation": "Organisation territoriale modifiée",
    "end_organisation_member": "Membre retiré d’une organisation territoriale",
    "end_organisation_validation": "Fin de validation d’une organisation territoriale",
    "export_worklist": "Médecins à mobiliser exportés",
    "note_outreach": "Prise de contact avec un médecin notée",
    "withdraw_outreach": "Prise de contact retirée",
    "validate_organisation": "Organisation territoriale validée",
    # Territories and directory.
    "add_filiere": "Filière ajoutée",
    "change_filiere": "Filière modifiée",
    "change_territory": "Territoire modifié",
    "change_territory_contacts": "Contacts du territoire modifiés",
    "create_territory": "Territoire créé",
    "end_filiere": "Filière arrêtée",
    "record_positions": "Lieux situés à leur adresse",
    "set_territory_state": "État du territoire changé",
    "withdraw_territory_state": "Changement d’état du territoire annulé",
    # SAS agenda.
    "change_series": "Créneaux de l’agenda SAS modifiés",
    "change_unavailability": "Indisponibilité modifiée",
    "close_series": "Créneaux de l’agenda SAS fermés",
    "copy_week": "Semaine de l’agenda SAS copiée",
    "declare_unavailability": "Indisponibilité déclarée",
    "end_unavailability": "Indisponibilité terminée",
    "say_slot_gone": "Créneau dit « plus libre » au téléphone",
    "take_back_slot_gone": "« Plus libre » annulé",
    "give_back_place": "Place d’un créneau rendue",
    "hold_place": "Créneau tenu le temps d’un appel",
    "mark_taken": "Créneau dit pris",
    "open_many_series": "Créneaux de l’agenda SAS ouverts en nombre",
    "open_series": "Créneaux de l’agenda SAS ouverts",
    "pause_offer": "Créneaux mis en pause",
    "resume_offer": "Fin de la pause des créneaux",
    "take_place": "Place d’un créneau prise par une orientation",
    "unmark_taken": "Créneau de nouveau libre",
    "withdraw_unavailability": "Indisponibilité retirée",
    # Participation.
    "describe_hours": "Horaires d’ouverture décrits aux régulateurs",
    "describe_place": "Lieu d’exercice décrit aux régulateurs",
    "describe_structure": "Structure décrite aux régulateurs",
    "declare_participation": "Participation déclarée",
    "declare_participations": "Participations déclarées en nombre",
    "end_participation": "Participation arrêtée",
    "declare_editors": "Logiciels d’agenda déclarés",
    "declare_structure_participation": "Participation d’une structure déclarée",
    "declare_unknown_structure": "Structure absente de l’annuaire déclarée",
    "declare_visibility": "Visibilité des créneaux réglée",
    "end_structure_participation": "Participation d’une structure arrêtée",
    "identify_structure": "Structure déclarée identifiée",
    "refuse_declared_structure": "Structure déclarée refusée",
    # Sharing.
    "hide_slot": "Créneau masqué à la régulation",
    "limit_sharing": "Partage des créneaux changé",
    "purge_hidden_slots": "Créneaux masqués passés effacés",
    "purge_shown_counts": "Compteurs anciens de « qui a vu mes créneaux » effacés",
    "show_slot": "Créneau montré de nouveau à la régulation",
    # Editors.
    "catch_up_editor_accounts": "Comptes chez les éditeurs rattrapés",
    "export_editor_accounts": "Comptes chez les éditeurs exportés",
    "link_people": "Professionnels liés à un éditeur",
    "plan_editor_accounts": "Compte à transmettre aux éditeurs",
    "register_editor": "Éditeur enregistré",
    "register_local_tool": "Outil local d’un territoire enregistré",
    "retry_editor": "Comptes d’un éditeur relancés",
    "retry_editor_account": "Compte chez un éditeur relancé",
    "send_again": "Tous les comptes transmis de nouveau à un éditeur",
    "tell_editor": "Compte transmis à un éditeur",
    # Regulation software, through the Hub Santé.
    "abandon_message": "Message à un LRM abandonné",
    "register_lrm": "Logiciel de régulation enregistré",
    "resend_message": "Message à un LRM renvoyé",
    # The platform.
    "export_audit": "Piste d’audit exportée",
    "post_mail": "Courriel préparé",
    "purge_audit": "Lignes d’audit anciennes effacées",
    "purge_mails": "Courriels anciens effacés",
    "resume_lost_mails": "Courriels oubliés repris",
    "retry_job": "Tâche relancée",
    "retry_mail": "Courriel relancé",
    "retry_task": "Tâches en échec relancées",
    "send_mail": "Courriel envoyé, ou refusé",
}
"""By act. Written so that it can be read by whoever did it and by whoever it was done to."""


def sentence_of(act: str) -> str:
    """The act in words, for one's own history; never a technical word."""
    return ACTS.get(act, "Autre opération")


def act_label(act: str) -> str:
    """The act in words, for administrators; itself when it has none (an older version wrote it)."""
    return ACTS.get(act, act)


def act_choices() -> list[tuple[str, str]]:
    """Every act with its words, in the order of the words."""
    return sorted(ACTS.items(), key=lambda each: each[1].casefold())
