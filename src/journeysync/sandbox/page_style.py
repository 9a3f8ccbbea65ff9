"""How the little pages look, and the policy that lets this style in and nothing else."""

import base64
import hashlib

STYLE = """
*{box-sizing:border-box}
body{margin:0;
font:14px/1.5 -apple-system,BlinkMacSystemFont,"Segoe UI",Roboto,"Noto Sans",Ubuntu,"DejaVu Sans",sans-serif;
color:#172b4d;background:#fff}
a{color:#0c66e4;text-decoration:none}a:hover{text-decoration:underline}
header{display:flex;align-items:center;gap:12px;padding:0 24px;height:56px;border-bottom:1px solid #dcdfe4}
header b{font-size:16px}header a{color:inherit}
.note{margin-left:auto;font-size:12px;color:#626f86;background:#f1f2f4;border-radius:12px;padding:2px 10px}
.logo{width:24px;height:24px;border-radius:5px;background:#1868db;color:#fff;font-weight:700;text-align:center;
line-height:24px}
main{max-width:1180px;margin:0 auto;padding:20px 24px 60px}
nav.trail{font-size:13px;color:#626f86;display:flex;gap:8px;flex-wrap:wrap;align-items:center}
h1{font-size:24px;line-height:1.25;font-weight:600;margin:10px 0 20px;overflow-wrap:anywhere}
h2{font-size:15px;font-weight:600;margin:28px 0 8px}
.text h3,.text h4,.text h5,.text h6{font-size:14px;margin:16px 0 4px}
.two{display:grid;grid-template-columns:minmax(0,1fr) 360px;gap:40px}
.two h2:first-child{margin-top:0}
@media(max-width:860px){.two{grid-template-columns:minmax(0,1fr);gap:24px}.two aside{order:-1}}
.text{overflow-wrap:anywhere}.text p{margin:0 0 10px}.text ul,.text ol{margin:0 0 10px;padding-left:24px}
.text li p{margin:0}.text li ul,.text li ol{margin:0}
.text table{border-collapse:collapse;margin:8px 0}.text th,.text td{border:1px solid #dcdfe4;padding:4px 10px;
text-align:left}
.text th{background:#f7f8f9;font-weight:600}.text td p,.text th p{margin:0}
pre,code{font:12px/1.6 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;background:#f1f2f4;
border-radius:3px}
pre{padding:10px 12px;overflow-x:auto;white-space:pre-wrap}code{padding:1px 4px}
blockquote{margin:0 0 10px;padding-left:14px;border-left:3px solid #dcdfe4;color:#44546f}
.panel{background:#e9f2ff;border-radius:4px;padding:10px 14px;margin:8px 0}
.mention{background:#e9f2ff;color:#0055cc;border-radius:10px;padding:0 6px}
.card{border:1px solid #dcdfe4;border-radius:6px}
aside .card h2{margin:0;padding:10px 16px;border-bottom:1px solid #dcdfe4}
dl{margin:0;padding:8px 16px 12px;display:grid;grid-template-columns:112px minmax(0,1fr);row-gap:10px;column-gap:12px}
dt{color:#44546f;font-size:13px}dd{margin:0;overflow-wrap:anywhere}
.chip{display:inline-block;background:#f1f2f4;border:1px solid #dcdfe4;border-radius:4px;padding:0 6px;
margin:0 4px 4px 0;
font-size:12px;line-height:20px;color:#172b4d;max-width:100%;overflow-wrap:anywhere}
.lozenge{display:inline-block;border-radius:3px;padding:0 5px;font-size:11px;font-weight:700;line-height:18px;
text-transform:uppercase;background:#dcdfe4;color:#44546f;white-space:nowrap}
.indeterminate{background:#cce0ff;color:#0055cc}.done{background:#baf3db;color:#216e4e}
.type{display:inline-block;width:16px;height:16px;border-radius:3px;color:#fff;font-size:10px;font-weight:700;
line-height:16px;
text-align:center;vertical-align:1px;background:#1868db}
.epic{background:#8f52c9}.story{background:#5b7f24}.bug{background:#c9372c}.sub{background:#388bff}
.list{border:1px solid #dcdfe4;border-radius:6px;margin:0;padding:0;list-style:none}
.list li{display:flex;gap:10px;align-items:center;padding:7px 12px;border-top:1px solid #ebecf0}
.list li:first-child{border-top:0}.list .grow{flex:1;min-width:0;overflow-wrap:anywhere}
p.quiet{margin:0 0 6px}
.quiet,.none{color:#626f86}.none{font-style:normal}
.icon{width:16px;height:16px;border-radius:3px;background:#e9f2ff;color:#0c66e4;font-size:11px;line-height:16px;
text-align:center;
font-weight:700;flex:none}
.tabs{display:flex;gap:6px;flex-wrap:wrap;margin:0 0 14px}
.tabs a,.tabs b{border:1px solid #dcdfe4;border-radius:16px;padding:2px 12px;font-size:13px;color:#172b4d;
font-weight:400}
.tabs b{background:#e9f2ff;border-color:#0c66e4;color:#0c66e4;font-weight:600}
.wide{overflow-x:auto}.rows{width:100%;border-collapse:collapse;font-size:13px}
.rows th{text-align:left;color:#626f86;font-weight:600;font-size:12px;border-bottom:2px solid #dcdfe4;padding:6px 8px;
white-space:nowrap}
.rows td{border-bottom:1px solid #ebecf0;padding:7px 8px;vertical-align:top}.rows .key{white-space:nowrap}
.rows .number{text-align:right;font-variant-numeric:tabular-nums}.rows .when{white-space:nowrap;color:#626f86}
.log{margin:0;padding:0;list-style:none}.log li{padding:8px 0;border-top:1px solid #ebecf0;overflow-wrap:anywhere}
.log li:first-child{border-top:0}
details{margin:8px 0}summary{cursor:pointer;color:#44546f}
.hidden{margin-top:32px;font-size:13px}
"""
_DIGEST = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
