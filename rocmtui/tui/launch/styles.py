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
LaunchScreen SettingsPanel { width: 42; overflow-y: auto; scrollbar-size-vertical: 1; }
LaunchScreen.-normal SettingsPanel, LaunchScreen.-wide SettingsPanel { width: 56; }
LaunchScreen #models { display: none; }
LaunchScreen #models-message { height: 1fr; padding: 0 1; color: $muted; }
LaunchScreen #model-details {
    height: 2; padding: 0 2; color: $muted; text-wrap: nowrap; text-overflow: ellipsis;
}
LaunchScreen #field-help { height: 1fr; padding: 1 1 0 1; color: $muted; }
LaunchScreen.-short #field-help, LaunchScreen.-usual #field-help, LaunchScreen.-low #field-help {
    padding: 0 1;
}
LaunchScreen #fit-said { height: auto; max-height: 4; display: none; }
LaunchScreen FitBar { height: 2; }
LaunchScreen.-tall FitBar { height: 3; }
LaunchScreen FitPanel { height: auto; border-subtitle-color: $success; border-subtitle-style: bold; }
LaunchScreen FitPanel.-unknown { border-subtitle-color: $muted; border-subtitle-style: none; }
LaunchScreen FitPanel.-over { border: round $error; border-subtitle-color: $error; }
LaunchScreen CommandPanel { height: auto; min-height: 4; max-height: 8; }
LaunchScreen.-short CommandPanel { max-height: 4; }
LaunchScreen.-usual CommandPanel { max-height: 5; }
LaunchScreen.-low CommandPanel { display: none; }
LaunchScreen.-low #chooser { min-height: 6; }
LaunchScreen #command-text { height: auto; }
LaunchScreen.-cpu #head-found { color: $warning; text-style: bold; }
LaunchScreen.-cpu FitPanel { border: round $warning; }
/* Where it is tall the models have the whole width, the settings columns below them. */
LaunchScreen.-tall #chooser { layout: vertical; }
LaunchScreen.-tall SettingsPanel {
    width: 1fr; height: 9; layout: grid; grid-size: 2; grid-gutter: 0 2; grid-rows: 1;
}
LaunchScreen.-tall #field-profile { column-span: 2; }
LaunchScreen.-tall #field-help { column-span: 2; height: 2; padding: 0 1; }
LaunchScreen.-tall.-wide SettingsPanel { height: 7; grid-size: 3; grid-columns: 50; }
LaunchScreen.-tall.-wide #field-profile { column-span: 1; }
LaunchScreen.-tall.-wide #field-help { column-span: 3; }
/* One above the other; where that is too much, the one without the focus shows a line. */
LaunchScreen.-narrow.-tight #chooser { layout: vertical; }
LaunchScreen.-narrow.-tight SettingsPanel {
    width: 1fr; height: 3; layout: vertical; scrollbar-size-vertical: 0;
}
LaunchScreen.-narrow.-tight #model-details { height: 1; }
LaunchScreen.-narrow.-tight #field-help { display: none; }
LaunchScreen.-narrow.-tight.-settings ModelPanel { height: 4; }
LaunchScreen.-narrow.-tight.-settings #model-details { height: 0; }
LaunchScreen.-narrow.-tight.-settings SettingsPanel { height: 1fr; }
LaunchScreen.-narrow.-tight.-settings #field-help { display: block; dock: bottom; height: 2; }
LaunchScreen.-narrow.-tight.-low #field-help { display: none; }
"""
