// An independent reader of an exported log: Go's own note and tlog packages, and nothing of ours.
//
// It opens the checkpoint with the verifier key, authenticates every tile that it uses against the signed root, and
// for each entry of each bundle computes its hash, proves its inclusion and checks that proof.
//
//	reader DIR VKEY-FILE
package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"independent/note"
	"independent/tlog"
)

const height = 8

// A tileFolder hands over tiles as C2SP tlog-tiles names them; Go's own names have the height in front.
type tileFolder struct {
	dir   string
	mu    sync.Mutex
	cache map[tlog.Tile][]byte
}

func (f *tileFolder) Height() int { return height }

func (f *tileFolder) SaveTiles([]tlog.Tile, [][]byte) {}

func (f *tileFolder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(tiles))
	for i, tile := range tiles {
		f.mu.Lock()
		have, ok := f.cache[tile]
		f.mu.Unlock()
		if !ok {
			path := strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/", height), "tile/", 1)
			read, err := os.ReadFile(filepath.Join(f.dir, path))
			if err != nil {
				return nil, err
			}
			if len(read) != tile.W*tlog.HashSize {
				return nil, fmt.Errorf("%s: %d bytes", path, len(read))
			}
			have = read
			f.mu.Lock()
			f.cache[tile] = have
			f.mu.Unlock()
		}
		data[i] = have
	}
	return data, nil
}

// A remembering reader asks only once for each hash, so that the tiles are authenticated once a bundle, not once a leaf.
type remembering struct {
	inner tlog.HashReader
	known map[int64]tlog.Hash
}

func (r *remembering) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var unknown []int64
	for _, index := range indexes {
		if _, ok := r.known[index]; !ok {
			unknown = append(unknown, index)
		}
	}
	read, err := r.inner.ReadHashes(unknown)
	if err != nil {
		return nil, err
	}
	for i, index := range unknown {
		r.known[index] = read[i]
	}
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		hashes[i] = r.known[index]
	}
	return hashes, nil
}

// learn reads every hash of the tree over leaves start to start+width in one go.
func (r *remembering) learn(start, width int64) error {
	var indexes []int64
	for level := 0; level <= height; level++ {
		for n := start >> level; (n+1)<<level <= start+width; n++ {
			indexes = append(indexes, tlog.StoredHashIndex(level, n))
		}
	}
	_, err := r.ReadHashes(indexes)
	return err
}

func openTree(dir, vkeyFile string) (tlog.Tree, error) {
	vkey, err := os.ReadFile(vkeyFile)
	if err != nil {
		return tlog.Tree{}, err
	}
	verifier, err := note.NewVerifier(strings.TrimSuffix(string(vkey), "\n"))
	if err != nil {
		return tlog.Tree{}, err
	}
	raw, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	if err != nil {
		return tlog.Tree{}, err
	}
	opened, err := note.Open(raw, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	origin, rest, _ := strings.Cut(opened.Text, "\n")
	if origin != verifier.Name() {
		return tlog.Tree{}, fmt.Errorf("origin %q is not the key's name", origin)
	}
	// Go's parser knows the same three lines, with the first one fixed.
	return tlog.ParseTree([]byte("go.sum database tree\n" + rest))
}

func checkBundle(dir string, tree tlog.Tree, hashes *remembering, start int64) error {
	width := min(256, tree.N-start)
	tile := tlog.Tile{H: height, L: -1, N: start / 256, W: int(width)}
	path := strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/data/", height), "tile/entries/", 1)
	bundle, err := os.ReadFile(filepath.Join(dir, path))
	if err != nil {
		return err
	}
	if err := hashes.learn(start, width); err != nil {
		return fmt.Errorf("bundle from %d: %v", start, err)
	}
	for index := start; index < start+width; index++ {
		if len(bundle) < 2 || len(bundle) < 2+int(binary.BigEndian.Uint16(bundle)) {
			return fmt.Errorf("entry %d: the bundle ends", index)
		}
		end := 2 + int(binary.BigEndian.Uint16(bundle))
		proof, err := tlog.ProveRecord(tree.N, index, hashes)
		if err != nil {
			return fmt.Errorf("entry %d: %v", index, err)
		}
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(bundle[2:end])); err != nil {
			return fmt.Errorf("entry %d: %v", index, err)
		}
		bundle = bundle[end:]
	}
	if len(bundle) != 0 {
		return fmt.Errorf("%s: bytes behind the last entry", path)
	}
	return nil
}

func verify(dir, vkeyFile string) (int64, error) {
	tree, err := openTree(dir, vkeyFile)
	if err != nil {
		return 0, err
	}
	hashes := tlog.TileHashReader(tree, &tileFolder{dir: dir, cache: map[tlog.Tile][]byte{}})
	starts := make(chan int64)
	failed := make(chan error, runtime.NumCPU())
	var workers sync.WaitGroup
	for range runtime.NumCPU() {
		workers.Add(1)
		go func() {
			defer workers.Done()
			mine := &remembering{hashes, map[int64]tlog.Hash{}}
			for start := range starts {
				if err := checkBundle(dir, tree, mine, start); err != nil {
					select {
					case failed <- err:
					default:
					}
				}
			}
		}()
	}
	for start := int64(0); start < tree.N; start += 256 {
		starts <- start
	}
	close(starts)
	workers.Wait()
	close(failed)
	return tree.N, <-failed
}

func main() {
	size, err := verify(os.Args[1], os.Args[2])
	if err != nil {
		fmt.Println("bad:", err)
		os.Exit(1)
	}
	fmt.Println("ok", size)
}
