"""Ends of llama-server that the command line or the model file cause."""

from __future__ import annotations

from rocmtui.core.server.diagnosis.row import fatal, load_error

ARGUMENTS = (
    load_error(
        "no_such_device",
        r"invalid device: (?P<device>\S+)"
        r"|Invalid device index (?P<index>\d+) in GGML_VK_VISIBLE_DEVICES",
        cause="this build of llama-server sees no device {device}{index}",
        remedy="`llama-server --list-devices` names the ones it sees; `rocmtui doctor` says why one is "
        "missing",
    ),
    load_error(
        "unknown_flag",
        r"error: invalid argument: (?P<flag>\S+)",
        cause="this llama-server does not know the option {flag}",
        remedy="leave it out, or use a build that has it (`llama-server --help` lists them)",
    ),
    load_error(
        "no_number",
        r'error while handling argument "(?P<flag>[^"]+)": sto(?:i|l|f|ul)\b',
        cause="what {flag} was given is no number, or one too large for llama-server",
        remedy="correct the value of {flag}",
    ),
    load_error(
        "bad_value",
        r'error while handling argument "(?P<flag>[^"]+)": (?:error: )?(?P<why>.*)',
        cause="llama-server refuses what {flag} was given ({why})",
        remedy="correct the value of {flag}",
    ),
    load_error(
        "bad_environment",
        r'error while handling environment variable "(?P<name>[^"]+)": (?P<why>.*)',
        cause="llama-server refuses the value of the variable {name} ({why})",
        remedy="unset {name}",
    ),
    load_error(
        "port_taken",
        r"couldn't bind .*server socket.*hostname[:=] ?(?P<host>[^,\s]*),? port[:=] ?(?P<port>\d+)",
        cause="nothing can listen at {host} port {port}: it is taken, or no address of this machine",
        remedy="give another --port (or none: a free one is chosen), and a --host of this machine",
    ),
)

MODEL_FILE = (
    load_error(
        "model_missing",
        r"failed to open GGUF file '?(?P<file>[^']*)'? \((?P<why>[^)]*)\)",
        cause="the model {file} cannot be opened ({why})",
        remedy="`rocmtui models` lists the models found on this machine",
    ),
    load_error(
        "not_gguf",
        r"invalid magic characters: (?P<magic>.{0,12}?), expected",
        cause="the model file is no GGUF: it begins with {magic}",
        remedy="llama-server reads GGUF only; a download that failed often leaves a web page or an archive",
    ),
    load_error(
        "model_empty",
        r"failed to read magic",
        cause="the model file is empty, or a folder",
        remedy="download it again; for a split model give part 1",
    ),
    load_error(
        "model_header_cut",
        r"failed to read (?:key-value pairs|header|tensor info|tensor data)",
        cause="the model file ends within its header",
        remedy="the download was cut short: fetch it again",
    ),
    load_error(
        "model_cut",
        r"tensor '(?P<tensor>[^']*)' data is not within the file bounds",
        cause="the model file is cut short: tensor {tensor} lies beyond its end",
        remedy="the download was not finished: fetch it again",
    ),
    load_error(
        "gguf_too_new",
        r"GGUF file is version (?P<version>\d+) but this software only supports up to version (?P<known>\d+)",
        cause="the file is GGUF version {version}, this llama-server reads up to {known}",
        remedy="use a newer llama-server",
    ),
    load_error(
        "projector_as_model",
        r"unknown model architecture: '(?:clip|mmproj)'",
        cause="that file is a vision projector, which belongs to a model",
        remedy="give the model itself, and this file behind it: `-- --mmproj FILE`",
    ),
    load_error(
        "unknown_projector",
        r"unknown projector type: (?P<type>\S+)",
        cause="this llama-server does not know vision projectors of the type {type}",
        remedy="use a newer llama-server, or leave --mmproj out",
    ),
    load_error(
        "no_architecture",
        r"unknown model architecture: ''",
        cause="the model file does not say which architecture it is of",
        remedy="the file is damaged or was converted badly: fetch another conversion of the model",
    ),
    load_error(
        "unknown_architecture",
        r"unknown model architecture: '(?P<architecture>[^']*)'",
        cause="this llama-server does not know the architecture {architecture}",
        remedy="use a newer llama-server: it is older than the model",
    ),
    load_error(
        "unknown_quantization",
        r"has invalid ggml type (?P<type>\d+)",
        cause="the model is quantized in a way this llama-server does not know (ggml type {type})",
        remedy="use a newer llama-server, or the fork the file was made for",
    ),
    load_error(
        "unknown_tokenizer",
        r"unknown (?:pre-tokenizer type|tokenizer): '(?P<name>[^']*)'",
        cause="this llama-server does not know the tokenizer {name}",
        remedy="use a newer llama-server: it is older than the model",
    ),
    load_error(
        "not_first_part",
        r"illegal split file idx: (?P<index>\d+).*must be loaded with the first split",
        cause="that is not the first part of a split model",
        remedy="give the part whose name ends in -00001-of-...; the others are found beside it",
    ),
    load_error(
        "missing_part",
        r"failed to load GGUF split from|invalid split file",
        cause="a part of the split model is missing or damaged",
        remedy="keep all parts in one folder and give part 1",
    ),
    load_error(
        "missing_key",
        r"key not found in model: (?P<key>\S+)",
        cause="the model file lacks {key}, which this llama-server needs",
        remedy="use a newer conversion of the model, or the llama-server it was converted for",
    ),
    load_error(
        "tensor_mismatch",
        r"missing tensor '(?P<tensor>[^']*)'|tensor '(?P<absent>[^']*)' (?:not found|has wrong shape)"
        r"|wrong number of tensors; (?P<counts>[^\n]*)",
        cause="the tensors in the file are not those this llama-server expects of the architecture "
        "({tensor}{absent}{counts})",
        remedy="use a newer llama-server, or a newer conversion of the model",
    ),
    load_error(
        "v_cache_needs_flash_attention",
        r"quantized V cache requires flash_attn|V cache quantization requires flash_attn",
        cause="a quantized V cache (-ctv) works only with flash attention",
        remedy="give `-fa on`, or leave -ctv at f16",
    ),
    load_error(
        "chat_template",
        r"chat template parsing error: (?P<why>.*)",
        cause="this llama-server cannot read the model's chat template ({why})",
        remedy="a newer llama-server may; else `-- --no-jinja`, or another template with `-- "
        "--chat-template chatml`",
    ),
    load_error(
        "draft_mismatch",
        r"draft model vocab|the draft model .* is not compatible",
        r"failed to create speculative decoding context",
        cause="the draft model does not fit the model: their vocabularies differ",
        remedy="give a draft model of the same family, or none",
    ),
    load_error(
        "lora_unusable",
        r"failed to load lora adapter '(?P<file>[^']*)'",
        cause="the LoRA adapter {file} cannot be loaded",
        remedy="it must exist, be a GGUF adapter, and be made for this model",
    ),
    fatal(
        "hugging_face_refuses",
        r"error from HF API, response code: (?P<code>\d+)",
        cause="Hugging Face refuses the download (HTTP {code})",
        remedy="correct the name; a gated model needs its terms accepted and a token in HF_TOKEN",
        repeatable=True,
    ),
)

GENERAL = (
    load_error(
        "projector_unusable",
        r"[Ff]ailed to load (?:CLIP|multimodal) model[ ,](?:from )?'?(?P<file>[^']+)",
        cause="the vision projector {file} cannot be used",
        remedy="it must be the mmproj file that belongs to this model",
    ),
    load_error(
        "model_unusable",
        r"error loading model: (?P<why>.+)",
        cause="llama-server cannot load the model: {why}",
        remedy="try a newer llama-server, or another conversion of the model",
    ),
)
"""What is said of a load where nothing more exact is."""
