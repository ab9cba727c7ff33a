"""Where the parts of the launch screen stand."""

LAUNCH_CSS = """
LaunchScreen #head { height: 1; }
LaunchScreen #head-name { width: auto; text-style: bold; color: $background; background: $accent; }
LaunchScreen #head-what { width: auto; padding-left: 2; color: $muted; }
LaunchScreen #head-found {
    width: 1fr; padding: 0 1; color: $muted;
    text-align: right; text-wrap: nowrap; text-overflow: ellipsis;
}
LaunchScreen.-narrow #head-what { display: none; }
LaunchScreen #chooser { height: 1fr; min-height: 11; }
LaunchScreen ModelPanel, LaunchScreen SettingsPanel, LaunchScreen FitPanel, LaunchScreen CommandPanel {
    border: round $line; border-title-color: $foreground; border-title-style: bold;
    border-subtitle-color: $muted; padding: 0 1;
}
LaunchScreen ModelPanel:focus-within, LaunchScreen SettingsPanel:focus-within { border: round $accent; }
LaunchScreen ModelPanel { width: 1fr; }
LaunchScreen SettingsPanel { width: 42; }
LaunchScreen.-normal SettingsPanel, LaunchScreen.-wide SettingsPanel { width: 56; }
LaunchScreen #filter, LaunchScreen #models { display: none; }
LaunchScreen #models-message { height: 1fr; padding: 0 1; color: $muted; }
LaunchScreen #model-details {
    height: 2; padding: 0 2; color: $muted; text-wrap: nowrap; text-overflow: ellipsis;
}
LaunchScreen #field-help { height: 1fr; padding: 1 1 0 1; color: $muted; }
LaunchScreen.-short #field-help { padding: 0 1; }
LaunchScreen FitPanel { height: 4; border-subtitle-color: $success; border-subtitle-style: bold; }
LaunchScreen.-tall FitPanel { height: 5; }
LaunchScreen FitPanel.-unknown { border-subtitle-color: $muted; border-subtitle-style: none; }
LaunchScreen FitPanel.-over { border: round $error; border-subtitle-color: $error; }
LaunchScreen CommandPanel { height: auto; min-height: 4; max-height: 8; }
LaunchScreen.-short CommandPanel { max-height: 5; }
LaunchScreen #command-text { height: auto; }
LaunchScreen.-cpu #head-found { color: $warning; text-style: bold; }
LaunchScreen.-cpu FitPanel { border: round $warning; }
LaunchScreen.-tight #chooser { layout: vertical; height: auto; }
LaunchScreen.-tight ModelPanel { height: 9; }
LaunchScreen.-tight SettingsPanel { width: 1fr; height: auto; }
LaunchScreen.-tight #field-help { height: 2; }
/* With room the models have the whole width, the settings three columns below them. */
LaunchScreen.-tall.-normal #chooser, LaunchScreen.-tall.-wide #chooser { layout: vertical; }
LaunchScreen.-tall.-normal SettingsPanel, LaunchScreen.-tall.-wide SettingsPanel {
    width: 1fr; height: 7; layout: grid; grid-size: 3; grid-gutter: 0 2; grid-rows: 1;
}
LaunchScreen.-tall.-normal #field-help, LaunchScreen.-tall.-wide #field-help {
    column-span: 3; height: 2; padding: 0 1;
}
"""
