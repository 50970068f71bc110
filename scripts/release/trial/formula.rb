# Runs the install and the test of a formula without Homebrew: ruby formula.rb CORD.RB FOLDER, where FOLDER has the files
# of the archive for Linux on x64. Of Homebrew's formulae it knows what this one says, each by the meaning that
# https://docs.brew.sh/Formula-Cookbook gives it; anything else is an error.
require "English"
require "fileutils"
require "json"
require "pathname"
require "socket"
require "tmpdir"

SCRATCH = Pathname(Dir.mktmpdir("formula"))
PREFIX = SCRATCH / "prefix"
at_exit { FileUtils.rm_rf(SCRATCH) }

# What `bin.install "cord"` is called on.
class Pathname
  def install(files)
    FileUtils.mkdir_p(to_s)
    (files.is_a?(Hash) ? files : { files => File.basename(files) }).each { |from, to| FileUtils.cp(from, self / to) }
  end
end

# The words of a `service` block, which is read and not run here.
class Service
  attr_reader :said

  def initialize(&block)
    @said = {}
    instance_eval(&block)
  end

  def opt_bin = PREFIX / "bin"
  def var = SCRATCH / "var"
  def std_service_path_env = "/usr/bin:/bin"

  %i[run keep_alive log_path error_log_path environment_variables].each do |word|
    define_method(word) { |value = nil, **values| @said[word] = value || values }
  end
end

class Formula
  class << self
    attr_reader :said, :service_said

    %i[desc homepage url version sha256 license strategy].each do |word|
      define_method(word) { |value| (@said ||= {})[word] = value }
    end

    def livecheck(&block) = block
    def on_linux = yield
    def on_intel = yield
    def on_macos = nil
    def on_arm = nil
    def service(&block) = @service_said = Service.new(&block).said
    def test(&block) = define_method(:run_test, &block)
  end

  def bin = PREFIX / "bin"
  def bash_completion = PREFIX / "etc/bash_completion.d"
  def zsh_completion = PREFIX / "share/zsh/site-functions"
  def fish_completion = PREFIX / "share/fish/vendor_completions.d"
  def man1 = PREFIX / "share/man/man1"
  def testpath = SCRATCH / "test"
  def version = self.class.said.fetch(:version)
  def free_port = TCPServer.open("127.0.0.1", 0) { |server| server.addr[1] }

  def shell_output(command)
    `#{command}`.tap { raise "#{command} ended with #{$CHILD_STATUS.exitstatus}" unless $CHILD_STATUS.success? }
  end

  def system(*words) = Kernel.system(*words.map(&:to_s)) || raise("#{words.join(" ")} failed")
  def assert_equal(expected, actual) = expected == actual || raise("#{actual.inspect} is not #{expected.inspect}")
  def assert_match(expected, actual) = actual[expected] || raise("#{actual.inspect} has no #{expected.inspect}")
  def assert_path_exists(path) = path.exist? || raise("there is no #{path}")
end

load ARGV.fetch(0)
formula = Cord.new
Dir.chdir(ARGV.fetch(1)) { formula.install }
raise "the service starts another program" unless Cord.service_said.fetch(:run) == [PREFIX / "bin/cord", "serve"]

FileUtils.mkdir_p(formula.testpath)
ENV["HOME"] = formula.testpath.to_s
ENV.delete_if { |name, _| name.start_with?("XDG_", "CORD_") }
Dir.chdir(formula.testpath) { formula.run_test }
puts "the formula's test passed"
