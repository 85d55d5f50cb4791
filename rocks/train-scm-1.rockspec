package = 'train'
version = 'scm-1'
source = {url = 'git+file://.'} -- luarocks make, in the project's folder, takes what is here
description = {summary = 'Training: loop, schedules, metrics, searches', license = 'BSD'}
dependencies = {'lua ~> 5.1', 'torch >= 1.0', 'nn >= 1.0', 'optim >= 1.0', 'data >= 1.0', 'image >= 1.0', 'plot >= 1.0', 'paths >= 1.0', 'sys >= 1.0',
   'xlua >= 1.0'}
build = {
   type = 'command',
   build_command = 'sh rocks/make build train',
   install_command = 'sh rocks/make install train "$(PREFIX)" "$(LUADIR)" "$(LIBDIR)" "$(BINDIR)"',
}
