# What a package of ours, or of anybody else, is made with: rows, loops and kernels beside each other.
# docs/adding-a-package.md shows one.

# Integer arithmetic wraps around. No fused operations but those that are written: with them the
# compiler would round a vector, the rest of a row and a strided element each in its own way.
set(TH_MATH_FLAGS -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off)
# Loops, of which there are thousands, need of -O3 the vectors alone. x < 0 is asked of unsigned types too.
set(TH_LOOP_FLAGS -fwrapv ${TH_MATH_FLAGS} -O2 -ftree-vectorize -fvect-cost-model=dynamic -Wno-type-limits)
set(TH_LOOP_FLAGS_avx2 -mavx2 -mfma -mf16c)
set(TH_LOOP_FLAGS_avx512 -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx2 -mfma -mf16c
  -mprefer-vector-width=512)
# Generated functions that hand their arguments on: there is nothing to optimise, and a lot of it.
set(TH_GLUE_FLAGS -O1)

# Compiles the map loops of a package (TH/loops/package.h) into a library, once per instruction set.
#   th_add_loops(TARGET NAME LIST)     name: TH_LOOP_NAME; list: TH_LOOP_LIST, found in the target's folders
function(th_add_loops target name list)
  set(loops ${TH_KIT_HEADERS}/loops)
  set(definitions TH_LOOP_NAME=${name} TH_LOOP_LIST="${list}")
  set(isas base)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64" AND NOT TH_PORTABLE)
    list(APPEND isas avx2 avx512)
    list(APPEND definitions TH_HAVE_AVX2 TH_HAVE_AVX512)
  endif()
  foreach(isa ${isas})
    set(objects ${target}_loops_${isa})
    add_library(${objects} OBJECT ${loops}/map.c)
    target_compile_options(${objects} PRIVATE ${TH_LOOP_FLAGS} ${TH_LOOP_FLAGS_${isa}})
    target_compile_definitions(${objects} PRIVATE TH_ISA=${isa} ${definitions})
    target_include_directories(${objects} PRIVATE $<TARGET_PROPERTY:${target},INCLUDE_DIRECTORIES>)
    set_target_properties(${objects} PROPERTIES POSITION_INDEPENDENT_CODE ON C_VISIBILITY_PRESET hidden)
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:${objects}>)
  endforeach()
  add_library(${target}_loops OBJECT ${loops}/package.c)
  target_compile_definitions(${target}_loops PRIVATE ${definitions})
  target_include_directories(${target}_loops PRIVATE $<TARGET_PROPERTY:${target},INCLUDE_DIRECTORIES>)
  set_target_properties(${target}_loops PROPERTIES POSITION_INDEPENDENT_CODE ON C_VISIBILITY_PRESET hidden)
  target_sources(${target} PRIVATE $<TARGET_OBJECTS:${target}_loops>)
endfunction()

# Where modules and Lua files are installed, below the prefix: in the folder of a rock, where LuaRocks takes them.
set(TH_LUALIB_DESTINATION lib/lua/5.1)
set(TH_LUA_DESTINATION share/lua/5.1)
if(CMAKE_INSTALL_PREFIX MATCHES "/lib/luarocks/rocks")
  set(TH_LUALIB_DESTINATION lib)
  set(TH_LUA_DESTINATION lua)
endif()

# th_add_lua_module(TARGET NAME sources...): lib<name>.so, which require 'lib<name>' loads, on top of libtorch.so (bind.h).
function(th_add_lua_module target name)
  add_library(${target} SHARED ${ARGN}) # a package's GPU half links with it
  set_target_properties(${target} PROPERTIES OUTPUT_NAME ${name} PREFIX lib C_VISIBILITY_PRESET hidden
    LIBRARY_OUTPUT_DIRECTORY ${TH_LUALIB_DIR} INSTALL_RPATH "${TH_LUALIB_RPATH}" BUILD_WITH_INSTALL_RPATH ON)
  target_include_directories(${target} PRIVATE ${LUAJIT_INCLUDE_DIRS})
  target_link_libraries(${target} PRIVATE TH::TH TH::torch TH::kit m)
  # lua_close unloads modules before it collects what finalizers have just made
  target_link_options(${target} PRIVATE -Wl,-z,nodelete)
  install(TARGETS ${target} LIBRARY DESTINATION ${TH_LUALIB_DESTINATION})
endfunction()

# Adds .cu files to a target: for GPUs, by nvcc (cuda), or for the simulator, by the C++ compiler (simt).
#   th_gpu_sources(TARGET cuda|simt files...)
if(NOT DEFINED THC_NVCC_OPTIONS)
  set(THC_NVCC_OPTIONS -Xcompiler=-Wall,-Wextra,-fno-strict-aliasing --expt-relaxed-constexpr -Wno-deprecated-gpu-targets)
endif()
function(th_gpu_sources target platform)
  target_include_directories(${target} PRIVATE ${TH_KIT_GPU} ${TH_KIT_HEADERS})
  set_target_properties(${target} PROPERTIES CXX_STANDARD 17 CXX_STANDARD_REQUIRED ON CXX_EXTENSIONS OFF
    CUDA_STANDARD 17 CXX_VISIBILITY_PRESET hidden CUDA_VISIBILITY_PRESET hidden POSITION_INDEPENDENT_CODE ON)
  if(platform STREQUAL "cuda")
    target_sources(${target} PRIVATE ${ARGN})
    target_compile_options(${target} PRIVATE "$<$<COMPILE_LANGUAGE:CUDA>:${THC_NVCC_OPTIONS}>")
    return()
  endif()
  # A C++ file that includes it, for one folder may build both. No fused multiply-add, and integers wrap around:
  # results agree with the CPU's.
  foreach(file ${ARGN})
    get_filename_component(file ${file} ABSOLUTE)
    get_filename_component(name ${file} NAME)
    set(wrapper ${CMAKE_CURRENT_BINARY_DIR}/${target}/${name}.cpp)
    file(GENERATE OUTPUT ${wrapper} CONTENT "#include \"${file}\"\n")
    target_sources(${target} PRIVATE ${wrapper})
  endforeach()
  target_include_directories(${target} BEFORE PRIVATE ${TH_KIT_GPU}/simt/include)
  target_compile_definitions(${target} PRIVATE THC_SIMT=1)
  target_compile_options(${target} PRIVATE
    "$<$<COMPILE_LANGUAGE:CXX>:-ffp-contract=off;-fwrapv;-Wno-unknown-pragmas>")
endfunction()

# kit/maps.cu: the lines of a package's list as kernels.
function(th_gpu_loops target platform name list)
  th_gpu_sources(${target} ${platform} ${TH_KIT_DIR}/maps.cu)
  target_compile_definitions(${target} PRIVATE TH_LOOP_NAME=${name} TH_LOOP_LIST="${list}")
endfunction()

# lib<name>cuda.so and lib<name>simt.so, as far as th_enable_gpu has found what they need: a package's list and .cu
# files, on top of the library that has its kernels for the CPU.
function(th_add_gpu_half name owner list)
  get_property(languages GLOBAL PROPERTY ENABLED_LANGUAGES)
  foreach(platform cuda simt)
    set(core TH::THC)
    set(language CUDA)
    if(platform STREQUAL "simt")
      set(core TH::THCsimt)
      set(language CXX)
    endif()
    if(TARGET ${core} AND language IN_LIST languages)
      set(target ${name}_${platform})
      th_add_lua_module(${target} ${name}${platform} ${TH_KIT_DIR}/gpu.c)
      target_compile_definitions(${target} PRIVATE KIT_GPU_NAME=${name}${platform})
      # loading the module must load the package, also where it names nothing of it
      target_link_libraries(${target} PRIVATE -Wl,--no-as-needed ${owner} ${core})
      th_gpu_sources(${target} ${platform} ${ARGN})
      if(list)
        th_gpu_loops(${target} ${platform} ${name} ${list})
      endif()
    endif()
  endforeach()
endfunction()

# How many operations tables declare.
function(th_count_operations variable)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${ARGN})
  execute_process(COMMAND ${LUAJIT_PROGRAM} ${TH_KIT_DIR}/gen/operations.lua ${ARGN} OUTPUT_VARIABLE n
    OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  set(${variable} ${n} PARENT_SCOPE)
endfunction()

# What is made of a package's operations: C functions and bindings, for the module; the package <name>data; a reference.
function(th_package_operations module name prefix list typed made common)
  if(NOT list)
    set(list -)
  endif()
  set(gen ${TH_KIT_DIR}/gen)
  set(ops ${made}/${prefix}Ops)
  set(data ${TH_LUA_DIR}/${name}data)
  set(reference ${CMAKE_CURRENT_BINARY_DIR}/docs/reference)
  file(MAKE_DIRECTORY ${data} ${reference})
  add_custom_command(OUTPUT ${ops}.h ${ops}.c
    COMMAND ${LUAJIT_PROGRAM} ${gen}/capi.lua package ${ops}.h ${ops}.c ${name} ${prefix} ${list} ${typed} ${ARGN}
    DEPENDS ${gen}/capi.lua ${common} VERBATIM)
  add_custom_command(OUTPUT ${ops}_lua.c
    COMMAND ${LUAJIT_PROGRAM} ${gen}/bindings.lua ${ops}_lua.c ${name} ${prefix}Ops.h ${prefix}_ ${ARGN}
    DEPENDS ${gen}/bindings.lua ${common} VERBATIM)
  set(products)
  foreach(product help cases annotations gradients)
    add_custom_command(OUTPUT ${data}/${product}.lua
      COMMAND ${LUAJIT_PROGRAM} ${gen}/${product}.lua ${data}/${product}.lua ${ARGN}
      DEPENDS ${gen}/${product}.lua ${common} VERBATIM)
    list(APPEND products ${data}/${product}.lua)
  endforeach()
  add_custom_command(OUTPUT ${reference}/README.md
    COMMAND ${LUAJIT_PROGRAM} ${gen}/docs.lua ${reference} ${name} ${ARGN}
    DEPENDS ${gen}/docs.lua ${common} VERBATIM)
  add_custom_target(${name}_descriptions ALL DEPENDS ${products} ${reference}/README.md)
  target_sources(${module} PRIVATE ${ops}_lua.c)
  target_compile_definitions(${module} PRIVATE KIT_OPERATIONS)
  install(FILES ${products} DESTINATION ${TH_LUA_DESTINATION}/${name}data)
endfunction()

# th_add_package(NAME name             the Lua package: lib<name>.so is its C half
#   ROWS files...                      tables of operations and kernels (kit/gen/optable.lua)
#   KERNELS files...                   their definitions in C, where the list has none
#   [PREFIX prefix]                    of the C functions; by default the name
#   [STATE type]                       of a first argument that Lua does not give
#   [TYPED]                            C functions for one element type, too
#   [LIBRARY target]                   the kernels in a library of their own, for C programs
#   [LOOPS list.h]                     the package's list of pointwise expressions
#   [GPU files...]                     for GPUs, too: the list, and what .cu files define
#   [MODULE files...])                 more C files of lib<name>.so
# Targets: <name>_lua, <name>_cuda and <name>_simt, and the library. Of kernels <prefix>Kernels.h is made, of operations
# <prefix>Ops.h, and the package <name>data: help, cases for tests, annotations for editors; docs/reference.
function(th_add_package)
  cmake_parse_arguments(P TYPED "NAME;PREFIX;STATE;LIBRARY;LOOPS" "ROWS;KERNELS;MODULE;GPU" ${ARGN})
  if(NOT P_PREFIX)
    set(P_PREFIX ${P_NAME})
  endif()
  if(NOT P_STATE)
    set(P_STATE -)
  endif()
  set(typed -)
  if(P_TYPED)
    set(typed typed)
  endif()
  set(made ${CMAKE_CURRENT_BINARY_DIR}/made)
  file(MAKE_DIRECTORY ${made})
  set(kernels ${made}/${P_PREFIX}Kernels)
  list(TRANSFORM P_ROWS PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/ REGEX "^[^/]")
  set(gen ${TH_KIT_DIR}/gen)
  set(common ${gen}/optable.lua ${gen}/gradient.lua ${gen}/describe.lua ${gen}/signature.lua ${gen}/types.lua ${P_ROWS})
  add_custom_command(OUTPUT ${kernels}.h ${kernels}.c ${kernels}_lua.c ${kernels}_gpu.h ${kernels}_gpu.c
    COMMAND ${LUAJIT_PROGRAM} ${gen}/kernels.lua ${P_NAME} ${P_PREFIX} ${P_STATE} ${typed} ${made} ${P_ROWS}
    DEPENDS ${gen}/kernels.lua ${common} VERBATIM)

  set_source_files_properties(${kernels}.c ${made}/${P_PREFIX}Ops.c ${made}/${P_PREFIX}Ops_lua.c ${TH_KIT_DIR}/module.c
    PROPERTIES COMPILE_OPTIONS "${TH_GLUE_FLAGS}")
  set(sources ${P_KERNELS} ${kernels}.c)
  set(module ${P_NAME}_lua)
  th_add_lua_module(${module} ${P_NAME} ${TH_KIT_DIR}/module.c ${P_MODULE})
  set(headers ${kernels}.h)
  th_count_operations(operations ${P_ROWS})
  if(operations)
    th_package_operations(${module} ${P_NAME} ${P_PREFIX} "${P_LOOPS}" ${typed} ${made} "${common}" ${P_ROWS})
    list(APPEND sources ${made}/${P_PREFIX}Ops.c)
    list(APPEND headers ${made}/${P_PREFIX}Ops.h)
  endif()
  set_property(TARGET ${module} APPEND PROPERTY OBJECT_DEPENDS ${kernels}_lua.c)
  if(P_LIBRARY)
    add_library(${P_LIBRARY} SHARED ${sources})
    target_link_libraries(${module} PRIVATE ${P_LIBRARY})
    set(owner ${P_LIBRARY})
  else()
    target_sources(${module} PRIVATE ${sources})
    set(owner ${module})
  endif()
  add_custom_target(${P_NAME}_made DEPENDS ${headers} ${kernels}_lua.c ${kernels}_gpu.c)
  add_dependencies(${module} ${P_NAME}_made)
  add_dependencies(${owner} ${P_NAME}_made)
  target_include_directories(${owner} PUBLIC $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}> $<BUILD_INTERFACE:${made}>)
  target_link_libraries(${owner} PUBLIC TH::TH PRIVATE TH::kit m)
  if(P_LOOPS)
    th_add_loops(${owner} ${P_NAME} ${P_LOOPS})
    foreach(loops ${owner}_loops ${owner}_loops_base)
      add_dependencies(${loops} ${P_NAME}_made)
    endforeach()
  endif()

  target_compile_definitions(${module} PRIVATE KIT_NAME=${P_NAME} KIT_HEADER="${P_PREFIX}Kernels.h"
    KIT_BINDINGS="${P_PREFIX}Kernels_lua.c")
  target_include_directories(${module} PRIVATE ${made})
  if("GPU" IN_LIST ARGN)
    th_add_gpu_half(${P_NAME} ${owner} "${P_LOOPS}" ${P_GPU})
  endif()
endfunction()
