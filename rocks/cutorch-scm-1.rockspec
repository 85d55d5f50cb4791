package = 'cutorch'
version = 'scm-1'
source = {url = 'git+file://.'} -- luarocks make, in the project's folder, takes what is here
description = {summary = 'Tensors on GPUs, or on a simulated one', license = 'BSD'}
dependencies = {'lua ~> 5.1', 'torch >= 1.0'}
build = {
   type = 'command',
   build_command = 'sh rocks/make build cutorch',
   install_command = 'sh rocks/make install cutorch "$(PREFIX)" "$(LUADIR)" "$(LIBDIR)" "$(BINDIR)"',
}
