"""The kernel, driven by jupyter_client:  python3 jupyter.py path/of/th folder
Prints what fails, and "N passed, M failed"."""
import json
import os
import shutil
import subprocess
import sys
import time

th, folder = os.path.abspath(sys.argv[1]), sys.argv[2]
os.environ['JUPYTER_DATA_DIR'] = folder + '/data'
os.environ['JUPYTER_PATH'] = folder + '/prefix/share/jupyter'
os.environ['JUPYTER_RUNTIME_DIR'] = folder + '/runtime'
os.environ['JUPYTER_CONFIG_DIR'] = folder + '/config'
os.environ['HOME'] = folder
os.environ.pop('DISPLAY', None)
from jupyter_client.manager import KernelManager  # noqa: E402

passed = failed = 0


def check(ok, what, seen=''):
    global passed, failed
    if ok:
        passed += 1
    else:
        failed += 1
        print(f'FAIL {what}: {seen!r}'[:2000])


subprocess.run([th, '--install-kernel', '--prefix', folder + '/prefix', '--name', 'th-test'], check=True, stdout=subprocess.DEVNULL)
manager = KernelManager(kernel_name='th-test')
manager.start_kernel()
client = manager.client()
client.start_channels()
client.wait_for_ready(timeout=60)


class Ran:
    """What a cell brought: streams, results, displays, the error, the reply."""

    def __init__(self, code, **options):
        self.out, self.err, self.data, self.error, self.updates, self.order = '', '', [], None, [], []
        message = client.execute_interactive(code, timeout=60, output_hook=self.take, **options)
        self.reply = message['content']

    def take(self, message):
        kind, content = message['msg_type'], message['content']
        self.order.append(kind)
        if kind == 'stream':
            if content['name'] == 'stdout':
                self.out += content['text']
            else:
                self.err += content['text']
        elif kind in ('execute_result', 'display_data'):
            self.data.append(content['data'])
        elif kind == 'update_display_data':
            self.updates.append(content['data'])
        elif kind == 'error':
            self.error = content


def ask(request, *arguments, **options):
    getattr(client, request)(*arguments, **options)
    return client.get_shell_msg(timeout=60)['content']


# results
check(Ran('1 + 1').data == [{'text/plain': '2'}], 'an expression')
check(Ran('x = 3\nx * 2').data == [{'text/plain': '6'}], 'an expression behind statements')
check(Ran('x = 4;').data == [], 'a statement')
check(Ran('x;').data == [], 'a semicolon keeps it quiet')
check(Ran('1, "a"').data == [{'text/plain': '1\ta'}], 'several values')
check('1 : 5' in Ran('{5}').data[0]['text/plain'], 'a table')
check(Ran('local y = 7').error is None and Ran('y').data == [{'text/plain': '7'}], 'locals live on')
check(Ran('for i = 1, 2 do\n  print(i)\nend\n').out == '1\n2\n', 'a loop')
check(Ran('y = x\n- 1\n').data == [] and Ran('y').data[0]['text/plain'] == '3', 'a statement of two lines')
tensor = Ran('torch.range(1, 6):view(2, 3)').data[0]
check('<td>6</td>' in tensor['text/html'] and '2 × 3' in tensor['text/html'] and 'size 2x3' in tensor['text/plain'], 'a tensor', tensor)
check('…' in Ran('torch.rand(100, 100)').data[0]['text/html'], 'a large tensor')
check('text/html' not in Ran('torch.Tensor()').data[0], 'an empty tensor')
net = Ran('require "nn"\nnet = nn.Sequential():add(nn.Linear(2, 3)):add(nn.Tanh())\nnet:forward(torch.ones(4, 2))\nnet').data[0]
check('nn.Linear(2 -&gt; 3)' in net['text/html'] and '9 parameters' in net['text/html'] and '4 × 3' in net['text/html'], 'a net', net)
figure = Ran('plot = require "plot"\nplot.lines({1, 4, 9}, {title = "squares"})').data[0]
check('squares' in figure['text/plain'], 'a figure', figure)
has_gnuplot = shutil.which('gnuplot') is not None
if has_gnuplot:
    check('<svg' in figure['image/svg+xml'], 'a figure as SVG')
check(len(Ran('jupyter = require "jupyter"\nfor i = 1, 3 do jupyter.show(torch.ones(i)) end').data) == 3, 'values from within a loop')
picture = Ran('plot.images(torch.rand(4, 8, 8))').data[0]
check('image/png' not in picture or picture['image/png'].startswith('iVBORw0KGgo'), 'a picture', picture.keys())
live = Ran('l = plot.live{every = 0}\nfor i = 1, 3 do l:add{loss = 1 / i} end')
check(len(live.data) == 1 and len(live.updates) == 2, 'a live curve', live.order)

# output
ran = Ran('print("one") io.write("two\\n") io.stderr:write("three\\n") os.execute("echo four")\n5')
check(ran.out == 'one\ntwo\nfour\n' and ran.err == 'three\n', 'output', (ran.out, ran.err))
ran = Ran('print("before") error("boom")')
check(ran.order.index('stream') < ran.order.index('error'), 'output comes before the error', ran.order)
check(len(Ran('for i = 1, 100000 do print("line " .. i) end').out) == 1088895, 'much output')
check(Ran('io.write("ä€")').out == 'ä€', 'UTF-8')
check(Ran('io.write("\\200")').out == '\ufffd', 'bytes that are no UTF-8')
check('\r' in Ran('for i = 1, 3 do xlua.progress(i, 3) end').out, 'a progress bar')
check(Ran('$ echo shell').out == 'shell\n', 'a command')
check('usage' in Ran('?torch.add').out.lower() or 'torch.add' in Ran('?torch.add').out, 'help')

# errors
ran = Ran('local function f() error("deep") end\nf()')
text = '\n'.join(ran.error['traceback'])
check(ran.reply['status'] == 'error' and 'th:1: deep' in text and "in function 'f'" in text and 'kernel.lua' not in text, 'an error', text)
check(Ran('x = = 1').error['ename'] == 'SyntaxError', 'a syntax error')
check(Ran('torch.mm(torch.ones(2, 3), torch.ones(2, 3))').error is not None, 'an error in C')
check(Ran('1').data == [{'text/plain': '1'}], 'it goes on')
client.execute('require("sys").sleep(0.5) error("first")')
second = client.execute('z = 1')
statuses = [client.get_shell_msg(timeout=60)['content']['status'] for _ in range(2)]
check(statuses == ['error', 'aborted'], 'what waits is not run after an error', statuses)

# completion, inspection, completeness, history
reply = ask('complete', 'torch.manualSe', 14)
check('manualSeed' in reply['matches'] and reply['cursor_start'] == 6 and reply['cursor_end'] == 14, 'completion', reply)
reply = ask('complete', 's = "ä"; torch.manualSe(1)', 22)
check('manualSeed' in reply['matches'] and reply['cursor_start'] == 15, 'completion behind letters of two bytes', reply)
reply = ask('complete', 'x = 1\nstring.re', 15)
check(set(reply['matches']) == {'rep', 'reverse'}, 'completion in the second line', reply)
reply = ask('inspect', 'torch.add(1)', 7)
check(reply['found'] and 'torch.add' in reply['data']['text/plain'], 'inspection', reply)
check(not ask('inspect', 'no_such_name', 4)['found'], 'inspection of nothing')
for code, status in {'1': 'complete', 'for i = 1, 2 do': 'incomplete', 'x = = 1': 'invalid', 'x = [[a': 'incomplete', '?x': 'complete'}.items():
    check(ask('is_complete', code)['status'] == status, f'is {code} complete?')
Ran('"to be found"')
tail = ask('history', hist_access_type='tail', n=2, raw=True, output=False)['history']
check(len(tail) == 2 and tail[1][2] == '"to be found"', 'history', tail)
check(len(ask('history', hist_access_type='search', pattern='*be f*', n=5)['history']) == 1, 'a search')
Ran('"to be found"')
check(len(ask('history', hist_access_type='search', pattern='*be f*', unique=True)['history']) == 1, 'a search for different ones')
count = Ran('1').reply['execution_count']
check(Ran('2').reply['execution_count'] == count + 1 and Ran('3', silent=True).reply['execution_count'] == count + 1, 'counting')
check(Ran('3', silent=True).data == [], 'a silent cell')

# input
answer = lambda message: client.stdin_channel.send(client.session.msg('input_reply', {'value': 'wörld'}, parent=message['header']))  # noqa: E731
ran = Ran('io.write("name? ")\nname = io.read()\nname .. "!"', allow_stdin=True, stdin_hook=answer)
check(ran.out == 'name? ' and ran.data == [{'text/plain': 'wörld!'}], 'input', ran.data)
check('takes no input' in Ran('io.read()', allow_stdin=False).error['evalue'], 'a front end without input')


# interrupts: by signal, and by message
def interrupted(code, interrupt):
    message_id = client.execute(code)
    while True:
        message = client.get_iopub_msg(timeout=60)
        if message['parent_header'].get('msg_id') == message_id and message['msg_type'] == 'stream':
            break
    time.sleep(0.1)
    interrupt()
    reply = client.get_shell_msg(timeout=60)['content']
    return reply['status'] == 'error' and reply['ename'] == 'KeyboardInterrupt'


def by_message():
    client.control_channel.send(client.session.msg('interrupt_request', {}))
    check(client.get_control_msg(timeout=60)['content']['status'] == 'ok', 'interrupt_reply')


check(interrupted('print("x") while true do end', manager.interrupt_kernel), 'an interrupt by signal')
check(interrupted('print("x") while true do torch.ones(3):add(1) end', by_message), 'an interrupt by message')
manager.interrupt_kernel()
check(Ran('1').data == [{'text/plain': '1'}], 'an interrupt of nothing')

# beside a running cell: heartbeat, control
client.execute(f'require "paths" while not paths.filep("{folder}/go") do end')
client.control_channel.send(client.session.msg('kernel_info_request', {}))
reply = client.get_control_msg(timeout=60)['content']
check(reply['protocol_version'].startswith('5.') and reply['language_info']['name'] == 'lua', 'the control channel while a cell runs')
client.hb_channel.unpause()
for _ in range(300):
    if client.hb_channel.is_beating():
        break
    time.sleep(0.1)
check(client.hb_channel.is_beating(), 'the heart beats while a cell runs')
open(folder + '/go', 'w').close()
check(client.get_shell_msg(timeout=60)['content']['status'] == 'ok', 'the cell ends')

# the welcome of a subscriber (JEP 65), comms, a wrong signature
import zmq  # noqa: E402
socket = zmq.Context.instance().socket(zmq.SUB)
socket.connect(f'tcp://{client.ip}:{client.iopub_port}')
socket.subscribe(b'')
check(socket.poll(5000), 'a subscriber is welcomed')
from jupyter_client.session import Session  # noqa: E402
other = Session(key=client.session.key)  # each remembers the signatures that it has seen
identities, frames = other.feed_identities(socket.recv_multipart())
welcome = other.deserialize(frames)
check(welcome['msg_type'] == 'iopub_welcome' and welcome['content'] == {'subscription': ''} and identities == [b''], 'iopub_welcome', welcome)
socket.close()
client.shell_channel.send(client.session.msg('comm_open', {'comm_id': 'c', 'target_name': 't', 'data': {}}))
client.shell_channel.send(client.session.msg('no_such_request', {}))
wrong = client.session.msg('execute_request', {'code': 'forged = true', 'silent': False})
key, client.session.key = client.session.key, b'another'
client.shell_channel.send(wrong)
client.session.key = key
check(Ran('forged').data == [], 'another key does nothing')
client.shell_channel.send(client.session.msg('comm_info_request', {}))
check(client.get_shell_msg(timeout=60)['content']['comms'] == {}, 'no comms')

# restart and shutdown
manager.restart_kernel()
client.wait_for_ready(timeout=60)
check(Ran('name').data == [], 'a new state')
manager.shutdown_kernel()
check(not manager.is_alive(), 'shut down')
client.stop_channels()

# a notebook, run by nbconvert
try:
    import nbconvert  # noqa: F401
    import nbformat  # noqa: F401
except ImportError:
    print('skipped: the notebook: python3 has no nbconvert')
else:
    here = os.path.dirname(os.path.abspath(__file__))
    notebook = json.load(open(here + '/../../examples/notebook.ipynb'))
    notebook['metadata']['kernelspec']['name'] = 'th-test'
    json.dump(notebook, open(folder + '/notebook.ipynb', 'w'))
    ran = subprocess.run([sys.executable, '-m', 'nbconvert', '--to', 'html', '--execute', folder + '/notebook.ipynb'], capture_output=True, text=True)
    check(ran.returncode == 0, 'nbconvert', ran.stderr[-1500:])
    if ran.returncode == 0:
        page = open(folder + '/notebook.html').read()
        check(not has_gnuplot or 'image/svg+xml' in page or '<svg' in page, 'plots in the page')
        check('parameters' in page and '<table>' in page, 'tables in the page')

# without a connection file
ran = subprocess.run([th, '--kernel'], capture_output=True, text=True)
check(ran.returncode == 1 and 'connection file' in ran.stderr, 'no file', ran.stderr)
ran = subprocess.run([th, '--kernel', folder + '/none'], capture_output=True, text=True)
check(ran.returncode == 1 and 'No such file' in ran.stderr, 'a file that is not there', ran.stderr)
open(folder + '/bad', 'w').write('{}')
ran = subprocess.run([th, '--kernel', folder + '/bad'], capture_output=True, text=True)
check(ran.returncode == 1 and 'no connection file' in ran.stderr, 'a file of another kind', ran.stderr)

print(f'{passed} passed, {failed} failed')
sys.exit(failed > 0)
