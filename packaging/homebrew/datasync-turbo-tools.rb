# Homebrew's recipe. Nothing is released yet, so it builds the main branch; docs/RELEASING.md says what a release adds.
class DatasyncTurboTools < Formula
  desc "Get a directory tree into S3, and prove that it arrived"
  homepage "https://github.com/datasync-turbo/datasync-turbo-tools"
  license "MIT"
  head "https://github.com/datasync-turbo/datasync-turbo-tools.git", branch: "main"

  depends_on "rust" => :build

  def install
    system "make", "install", "PREFIX=#{prefix}"
  end

  test do
    (testpath/"data").mkpath
    (testpath/"data/hello").write "hello"
    (testpath/"try.sh").write <<~SH
      set -e
      tt-bench serve --listen 127.0.0.1:0 --bucket bucket --port-file port > endpoint.env &
      until [ -s port ]; do sleep 0.1; done
      . ./endpoint.env
      tt-plan data s3://bucket/ | tt-push | tt-verify > proof.ndjson
      kill $!
    SH
    ENV.prepend_path "PATH", bin
    system "sh", "try.sh"
    assert_match '"type":"verified"', (testpath/"proof.ndjson").read
  end
end
