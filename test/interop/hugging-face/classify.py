"""What transformers makes of the folders of folders.ts (transformers 5.24.0, torch 2.13.0):

    python classify.py FOLDER "$(node folders.ts FOLDER)" > classified.json
"""

import hashlib
import json
import sys
from pathlib import Path

import torch
from transformers import AutoModel, AutoModelForSequenceClassification, AutoTokenizer

root, texts = Path(sys.argv[1]), json.loads(sys.argv[2])
classified = []
for folder in sorted(root.iterdir()):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model, loading = AutoModelForSequenceClassification.from_pretrained(folder, trust_remote_code=True, output_loading_info=True)
    assert not any(loading.values()), loading
    inputs = tokenizer(texts, truncation=True, padding=True, return_tensors="pt")
    with torch.no_grad():
        logits = model.eval()(**inputs).logits
        states = AutoModel.from_pretrained(folder).eval()(**inputs).last_hidden_state
        own = model.base_model(**inputs).last_hidden_state
    kept = inputs["attention_mask"].bool()
    assert torch.allclose(states[kept], own[kept], atol=1e-6)
    classified.append({
        "kind": folder.name,
        "labels": [model.config.id2label[k] for k in range(model.config.num_labels)],
        "files": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.glob("*.*")) if path.suffix in (".json", ".py", ".safetensors")},
        "ids": [row[mask].tolist() for row, mask in zip(inputs["input_ids"], kept)],
        "logits": logits.tolist(),
    })
print(json.dumps(classified, indent=1))
